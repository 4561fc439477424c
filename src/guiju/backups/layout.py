"""What backups are called in their target, and what can be restored from the names there.

    lines/LINE/line.json                         which server this line of history is of
    lines/LINE/full/TIME/facts.json              a full backup; written last, so what has it is whole
    lines/LINE/full/TIME/base.tar.gz.sealed
    lines/LINE/wal/SEGMENT/FROM-TO-MOMENT        a piece of the write-ahead log

A line is one history of one server: it ends where a server was restored, because from there on two
different histories could follow. A segment is 16 MB of log; a piece is the bytes FROM to TO of it,
and with it everything is there that was committed until MOMENT. A piece of no bytes says that since
then nothing was written.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Any

from guiju.backups.target import FileMissing, Item, Target
from guiju.kernel.errors import Refused

BACKUP_DAYS = 30
"""So long a backup is kept; privacy notices say it too."""

FORMAT = 1
SEGMENT_BYTES = 16 * 2**20
_PER_ID = 2**32 // SEGMENT_BYTES
_TIME = "%Y%m%dT%H%M%S%fZ"
_PIECE = re.compile(r"/wal/([0-9A-F]{24})/([0-9A-F]{8})-([0-9A-F]{8})-(\d{8}T\d{12}Z)$")


def stamp_of(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime(_TIME)


def moment_of(stamp: str) -> datetime:
    return datetime.strptime(stamp, _TIME).replace(tzinfo=UTC)


def lsn_of(text: str) -> int:
    """A place in the log, as PostgreSQL writes it (16/B374D848)."""
    high, low = text.split("/")
    return int(high, 16) << 32 | int(low, 16)


def lsn_text(lsn: int) -> str:
    return f"{lsn >> 32:X}/{lsn & 0xFFFFFFFF:X}"


def segment_name(timeline: int, number: int) -> str:
    return f"{timeline:08X}{number // _PER_ID:08X}{number % _PER_ID:08X}"


def segment_number(name: str) -> int:
    return int(name[8:16], 16) * _PER_ID + int(name[16:24], 16)


@dataclass(frozen=True)
class Line:
    """One history of one server."""

    name: str
    system: str
    timeline: int

    @property
    def folder(self) -> str:
        return f"lines/{self.name}/"

    @classmethod
    def opened(cls, *, system: str, timeline: int, at: datetime) -> Line:
        return cls(f"{stamp_of(at)}-{secrets.token_hex(3)}", system, timeline)


@dataclass(frozen=True)
class File:
    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Full:
    """A full backup: what its facts say. `sealed` is what else a new machine needs, for the private key only.

    `kept` is the digest of that, so that one knows when it has changed; older backups have none.
    """

    line: str
    system: str
    timeline: int
    began: str
    finished: str
    wal_from: str
    wal_to: str
    server_version: int
    program: str
    recipient: str
    cluster_bytes: int
    files: tuple[File, ...]
    sealed: str = ""
    format: int = FORMAT
    kept: str = ""

    @property
    def folder(self) -> str:
        return f"lines/{self.line}/full/{self.began}/"

    @property
    def facts_name(self) -> str:
        return f"{self.folder}facts.json"

    @property
    def finished_at(self) -> datetime:
        return moment_of(self.finished)

    @property
    def first_segment(self) -> int:
        return lsn_of(self.wal_from) // SEGMENT_BYTES

    @property
    def last_segment(self) -> int:
        """The last segment that the backup itself holds; it is whole, because the server turns the page there."""
        return (lsn_of(self.wal_to) - 1) // SEGMENT_BYTES

    def with_sealed(self, sealed: str) -> Full:
        return replace(self, sealed=sealed)

    def place(self) -> bytes:
        """What is sealed is bound to all facts: they can't be altered, or given to other secrets."""
        facts = asdict(replace(self, sealed=""))
        if not self.kept:
            del facts["kept"]
        return json.dumps(facts, sort_keys=True, separators=(",", ":")).encode()

    @property
    def size(self) -> int:
        return sum(file.size for file in self.files)

    def text(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()

    @classmethod
    def of_text(cls, text: bytes, name: str) -> Full:
        try:
            stored: dict[str, Any] = json.loads(text)
            if stored["format"] > FORMAT:
                raise Refused("backup_newer", f"备份 {name} 由更新的版本建立，本程序读不了：请先升级规矩")
            files = tuple(File(**file) for file in stored.pop("files"))
            return cls(files=files, **stored)
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Refused("backup_damaged", f"备份文件 {name} 已损坏，读不懂") from None


@dataclass(frozen=True, order=True)
class Piece:
    """Bytes of one segment of the log."""

    segment: str
    start: int
    end: int
    moment: datetime
    name: str

    @classmethod
    def named(cls, line: Line, segment: str, start: int, end: int, moment: datetime) -> Piece:
        name = f"{line.folder}wal/{segment}/{start:08X}-{end:08X}-{stamp_of(moment)}"
        return cls(segment, start, end, moment_of(stamp_of(moment)), name)

    @classmethod
    def of_item(cls, item: Item) -> Piece | None:
        found = _PIECE.search(item.name)
        if found is None:
            return None
        segment, start, end, stamp = found.groups()
        return cls(segment, int(start, 16), int(end, 16), moment_of(stamp), item.name)


def lines_of(target: Target) -> list[str]:
    """The lines in a target, the newest last."""
    return sorted({item.name.split("/")[1] for item in target.list("lines/") if item.name.count("/") > 1})


def read_whole(target: Target, name: str) -> bytes:
    with target.get(name) as file:
        return file.read()


def fulls_of(target: Target, names: Iterable[str]) -> list[Full]:
    """The whole full backups among these names, oldest first."""
    found = [name for name in names if name.endswith("/facts.json")]
    return sorted((Full.of_text(read_whole(target, name), name) for name in found), key=lambda full: full.finished)


def covering(pieces: Iterable[Piece]) -> list[Piece]:
    """As few pieces of one segment as cover it from its beginning, as far as they do."""
    chosen: list[Piece] = []
    reached = 0
    waiting = sorted(pieces, key=lambda piece: piece.start)
    while True:
        fitting = [piece for piece in waiting if piece.start <= reached < piece.end]
        if not fitting:
            return chosen
        chosen.append(max(fitting, key=lambda piece: piece.end))
        reached = chosen[-1].end


@dataclass(frozen=True)
class Stretch:
    """The log that follows a full backup without a gap, and the moment until which it goes."""

    segments: dict[str, list[Piece]]
    end: int
    """Until which place in the log."""
    moment: datetime
    lost: str | None
    """The name of what is missing although later pieces are there."""

    def as_far_as(self, moment: datetime) -> Stretch:
        """Without the pieces that are later than a moment: what is damaged there doesn't matter for it."""
        segments: dict[str, list[Piece]] = {}
        for name, pieces in self.segments.items():
            for piece in pieces:
                segments.setdefault(name, []).append(piece)
                if piece.moment >= moment:
                    return replace(self, segments=segments)
        return self


def stretch_after(full: Full, pieces: Sequence[Piece]) -> Stretch:
    """Which segments can be replayed on top of a full backup."""
    by_segment: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_segment.setdefault(piece.segment, []).append(piece)
    segments: dict[str, list[Piece]] = {}
    moment, number = full.finished_at, full.last_segment + 1
    end = number * SEGMENT_BYTES
    last = max(map(segment_number, by_segment), default=0)
    while number <= last:
        name = segment_name(full.timeline, number)
        found = by_segment.get(name, [])
        chosen = covering(found)
        if chosen:
            segments[name] = chosen
        reached = chosen[-1].end if chosen else 0
        moment = max([moment, *(piece.moment for piece in found if piece.end <= reached)])
        end = number * SEGMENT_BYTES + reached
        if reached < SEGMENT_BYTES:
            has_more = number < last or any(piece.end > reached for piece in found)
            lost = f"lines/{full.line}/wal/{name}/{reached:08X}-…" if has_more else None
            return Stretch(segments, end, moment, lost)
        number += 1
    return Stretch(segments, end, moment, None)


def pieces_of(items: Iterable[Item]) -> list[Piece]:
    return [piece for item in items if (piece := Piece.of_item(item)) is not None]


def line_of(target: Target, name: str) -> Line | None:
    """A line by its name, or None when the target does not know it."""
    try:
        stored = json.loads(read_whole(target, f"lines/{name}/line.json"))
        return Line(name, str(stored["system"]), int(stored["timeline"]))
    except FileMissing:
        return None
    except (ValueError, KeyError, TypeError):
        raise Refused("backup_damaged", f"备份文件 lines/{name}/line.json 已损坏，读不懂") from None
