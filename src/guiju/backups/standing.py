"""How backups of a data folder stand (备份设置): what was decided, and what the keeper says of itself.

backup.json         for whom backups are sealed, with which key drills are done, where backups lie
backup-state.json   how far the target is, written by the keeper every few seconds
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from guiju.backups.keeping import State
from guiju.backups.layout import lsn_of, lsn_text
from guiju.backups.target import FolderTarget, Target
from guiju.backups.target_s3 import Bucket, S3Target
from guiju.database.whole import write_whole
from guiju.kernel.crypto.recovery import Recipient, new_private_key
from guiju.kernel.crypto.shares import SET_NUMBERS, set_name_of
from guiju.kernel.errors import Refused

FILE = "backup.json"
STATE = "backup-state.json"
SHEETS = "sheets"

SILENT_AFTER = timedelta(seconds=90)
"""A keeper that has said nothing for so long does nothing: while nothing is written it speaks every minute."""

_KEPT = ("instance.json", "secrets.json", FILE, "anchors.toml", "demo_accounts.json")
"""What a new machine needs beside the database, and `keys/`; the rest is made anew."""


@dataclass(frozen=True)
class Decided:
    """For whom backups are sealed, and where they lie (empty: nowhere yet).

    `drills` is a private key of this machine: with it drills open the database's backups, and nothing else.
    """

    recipient: Recipient
    drills: bytes
    where: str = ""
    bucket: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Decided({self.recipient}, {self.where})"

    def target(self) -> Target:
        return target_at(self.where, self.bucket)


def new_drill_key() -> bytes:
    return new_private_key()


def read_decided(folder: Path) -> Decided | None:
    """What was decided; None before there is a recovery key. Raises `Refused` for a file that can't be read."""
    try:
        stored = json.loads((folder / FILE).read_text("utf-8"))
        return Decided(
            Recipient.of_text(stored["recipient"]),
            base64.b64decode(stored["drills"]),
            str(stored["where"]),
            dict(stored["bucket"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise Refused(
            "backup_settings", f"{folder / FILE} 读不懂：请从备份恢复它，或删除后用 guiju keys sheets 重做"
        ) from None


def write_decided(folder: Path, decided: Decided) -> None:
    write_whole(
        folder / FILE,
        {
            "recipient": decided.recipient.text(),
            "drills": base64.b64encode(decided.drills).decode(),
            "where": decided.where,
            "bucket": dict(decided.bucket),
        },
    )


def bucket_settings() -> dict[str, Any]:
    """How a bucket is reached, from the environment: what stands in a command line, every program can read."""
    names = {
        "endpoint": "GUIJU_S3_ENDPOINT",
        "region": "GUIJU_S3_REGION",
        "key": "AWS_ACCESS_KEY_ID",
        "secret": "AWS_SECRET_ACCESS_KEY",
        "authorities": "GUIJU_S3_AUTHORITIES",
    }
    found: dict[str, Any] = {name: os.environ[variable] for name, variable in names.items() if variable in os.environ}
    if os.environ.get("GUIJU_S3_BY_PATH") == "1":
        found["by_path"] = True
    return found


def target_at(where: str, bucket: Mapping[str, Any]) -> Target:
    """The target of this name: s3://bucket/prefix, or the path of a folder."""
    if not where.startswith("s3://"):
        if "://" in where or "\0" in where or not where.strip():
            raise Refused("target_unknown", "备份位置应为文件夹的路径，或 s3://存储桶/前缀")
        return FolderTarget(Path(where).expanduser().absolute())
    parts = urlsplit(where)
    prefix = parts.path.strip("/")
    if not parts.netloc:
        raise Refused("target_unknown", "备份位置没有写存储桶，应像 s3://存储桶/前缀")
    try:
        return S3Target(Bucket(parts.netloc, f"{prefix}/" if prefix else "", **bucket))
    except (TypeError, ValueError):
        raise Refused("target_unknown", f"备份位置 {where} 的设置读不懂：请核对 GUIJU_S3_ENDPOINT") from None


def kept_of(folder: Path) -> dict[str, bytes]:
    """The small files without which a restored database could not be opened or continued."""
    paths = [folder / name for name in _KEPT]
    paths += sorted((folder / "keys").glob("*")) if (folder / "keys").is_dir() else []
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in paths
        if path.is_file() and not path.name.endswith(".making")
    }


def sheets_in(folder: Path) -> list[Path]:
    """Sheets of the recovery key that lie here as files: whoever reads two of them opens every backup."""
    return sorted((folder / SHEETS).glob("*.pdf"))


@dataclass(frozen=True)
class Kept:
    """A full backup that is left in the target: when it ended, how large it is, and for which key it is sealed."""

    finished: datetime
    bytes: int
    recipient: str

    @property
    def set_name(self) -> str:
        """What stands on the sheets that open it."""
        return set_name_of(int(self.recipient, 16) % SET_NUMBERS)


@dataclass(frozen=True)
class Standing:
    """What the keeper said last."""

    at: datetime
    line: str | None = None
    stored: int = 0
    moment: datetime | None = None
    newest_full: datetime | None = None
    fulls: tuple[Kept, ...] = ()
    trouble: str | None = None

    def is_silent(self, at: datetime) -> bool:
        return at - self.at > SILENT_AFTER


def write_state(folder: Path, state: State, *, at: datetime) -> None:
    full = state.newest_full
    stand = Standing(
        at=at,
        line=state.line,
        stored=state.progress.stored,
        moment=state.progress.moment,
        newest_full=full.finished_at if full else None,
        trouble=state.progress.trouble or state.trouble,
    )
    known = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asdict(stand).items()}
    fulls = [[one.finished_at.isoformat(), one.size, one.recipient] for one in state.fulls]
    write_whole(folder / STATE, {**known, "stored": lsn_text(stand.stored), "fulls": fulls}, lasting=False)


def read_state(folder: Path) -> Standing | None:
    """What the keeper said last; None when it never said anything, or what it said can't be read."""
    try:
        known = json.loads((folder / STATE).read_text("utf-8"))
        moments = {
            name: datetime.fromisoformat(known[name]).astimezone(UTC)
            for name in ("at", "moment", "newest_full")
            if known.get(name)
        }
        return Standing(
            line=known["line"],
            stored=lsn_of(known["stored"]),
            fulls=tuple(
                Kept(datetime.fromisoformat(finished).astimezone(UTC), int(size), str(recipient))
                for finished, size, recipient in known["fulls"]
            ),
            trouble=known["trouble"],
            **moments,
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
