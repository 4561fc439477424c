"""Which authorities and chains keep our checkpoints: `anchors.toml` in the data folder (外部见证的设置).

[[timestamp]]
label = "某时间戳机构"
url = "https://tsa.example.cn/tsr"
root = "tsa-root.pem"          # the authority's root certificate, beside this file
every_minutes = 60

[[chain]]
label = "某联盟链"
url = "https://node.example.cn"
chain_id = 31337
contract = "0x…"               # empty: deployed with the first checkpoint
every_minutes = 1440
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from guiju.kernel.errors import Refused, reason_of
from guiju.net.bounded import Trouble, checked_url

NAME = "anchors.toml"


class Timestamp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A time-stamp authority (时间戳机构, RFC 3161)."""

    label: str
    url: str
    root: str
    every_minutes: int = 60

    sort = "rfc3161"


class Chain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chain that speaks Ethereum's JSON-RPC (区块链)."""

    label: str
    url: str
    chain_id: int
    contract: str = ""
    every_minutes: int = 1440

    sort = "evm"


Target = Timestamp | Chain


class Targets(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    timestamp: list[Timestamp] = []
    chain: list[Chain] = []

    def all(self) -> list[Target]:
        return [*self.timestamp, *self.chain]


def key_of(target: Target) -> str:
    """What a target is known by: another address is another target, another label is not."""
    return hashlib.sha256(f"{target.sort}\n{target.url}".encode()).hexdigest()[:32]


def read_targets(folder: Path) -> Targets:
    """What the file says, none where there is no file; raises `Refused` with what is wrong with it."""
    path = folder / NAME
    try:
        found = msgspec.toml.decode(path.read_bytes(), type=Targets)
    except FileNotFoundError:
        return Targets()
    except OSError as failure:
        raise _wrong(f"读不了：{reason_of(failure)}") from None
    except (msgspec.ValidationError, msgspec.DecodeError, UnicodeDecodeError) as failure:
        raise _wrong(f"写得不对：{failure}") from None
    for target in found.all():
        try:
            checked_url(target.url, may_be_http=True)
        except Trouble:
            raise _wrong(f"“{target.label}”的 url 应为 https 地址，现为 {target.url[:100]}") from None
        if target.every_minutes < 1:
            raise _wrong(f"“{target.label}”的 every_minutes 至少是 1")
        if isinstance(target, Timestamp) and not (folder / target.root).is_file():
            raise _wrong(f"“{target.label}”的根证书 {target.root} 不在数据文件夹里")
    return found


def _wrong(sentence: str) -> Refused:
    return Refused("anchors_config", f"{NAME}：{sentence}")
