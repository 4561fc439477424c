"""The log's signing key in the data folder (签名密钥): keys/log.key, readable by its owner only."""

from __future__ import annotations

import os
from pathlib import Path

from guiju.database.embedded import private
from guiju.kernel.errors import Refused, reason_of
from guiju.kernel.evidence.note import BadNote, SignerKey


def key_file(folder: Path) -> Path:
    return folder / "keys" / "log.key"


def read_signer(folder: Path) -> SignerKey | None:
    """The key, or None where there is none; raises `Refused` for a file that can't be used."""
    path = key_file(folder)
    try:
        return SignerKey.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return None
    except (BadNote, UnicodeDecodeError):
        raise Refused("log_key_damaged", f"签名密钥文件 {path} 损坏，读不懂：请放回备份") from None
    except OSError as failure:
        raise Refused("log_key_unreadable", f"签名密钥文件 {path} 读不了：{reason_of(failure)}") from failure


def make_signer(folder: Path, *, origin: str) -> SignerKey:
    """A new key for a log that has none yet; an existing file is never replaced."""
    key = SignerKey.new(origin)
    path = key_file(folder)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    scratch = path.with_name("log.key.making")
    with open(scratch, "w", encoding="utf-8", opener=private) as file:
        file.write(f"{key}\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(scratch, path)
    except FileExistsError:
        found = read_signer(folder)
        assert found is not None
        return found
    finally:
        scratch.unlink()
    return key
