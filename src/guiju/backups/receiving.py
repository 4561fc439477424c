"""The write-ahead log as it is written (连续备份): to the target every few seconds, sealed.

The server keeps the log in a replication slot until we tell it that the target has it. So nothing
lies in the clear outside the cluster, a receiver that was killed goes on where the target ends, and
a target that is away costs no more disk than `max_slot_wal_keep_size`. When the server had to let
go of log that was not received yet, `LogLost` is raised: only a new full backup mends that.
"""

from __future__ import annotations

import io
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import psycopg

from guiju.backups.layout import (
    SEGMENT_BYTES,
    Line,
    Piece,
    covering,
    lsn_of,
    pieces_of,
    segment_name,
)
from guiju.backups.replication import Replication
from guiju.backups.target import Target, TargetFault
from guiju.kernel.crypto.recovery import Recipient
from guiju.kernel.crypto.streams import Algorithm, encrypted
from guiju.kernel.errors import Refused

RHYTHM = 2.0
"""Seconds between two pieces: what is lost when machine and receiver die at once."""

_MOST_LOOSE = 64
"""So many small pieces become one: a bucket should not hold a million files."""

_BEAT = timedelta(minutes=1)
"""So often a target is told that nothing was written: else nobody could tell that from a dead receiver."""

_PAUSE = 1.0
_LONGEST_PAUSE = 30.0


class LogLost(Refused):
    """Log that was not received is gone, or belongs to another history: a full backup has to come first."""


@dataclass(frozen=True)
class Progress:
    """How far the target is. All that was committed until `moment` can be restored."""

    stored: int = 0
    moment: datetime | None = None
    trouble: str | None = None


@dataclass
class _Segment:
    """The segment that is being written."""

    number: int
    content: bytearray = field(default_factory=bytearray)
    stored: int = 0
    pieces: list[Piece] = field(default_factory=list)
    loose: list[Piece] = field(default_factory=list)
    """The small ones since some were last put together."""

    def add(self, piece: Piece, *, instead_of: list[Piece]) -> None:
        is_small = piece.start == self.stored < piece.end
        self.loose = [*self.loose, piece] if is_small else self.loose if piece.start == piece.end else []
        self.stored = piece.end
        self.pieces = [*(old for old in self.pieces if old not in instead_of), piece]

    @property
    def start(self) -> int:
        return self.number * SEGMENT_BYTES

    @property
    def is_whole(self) -> bool:
        return len(self.content) == SEGMENT_BYTES


class Receiver:
    """Keeps one line of a target up to date; `run` is for a thread or a process of its own."""

    def __init__(
        self,
        *,
        conninfo: str,
        slot: str,
        target: Target,
        line: Line,
        recipients: Sequence[Recipient],
        algorithm: Algorithm = Algorithm.AES_256_GCM,
        rhythm: float = RHYTHM,
        tell: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self.progress = Progress()
        self._conninfo = conninfo
        self._slot = slot
        self._target = target
        self._line = line
        self._recipients = tuple(recipients)
        self._algorithm = algorithm
        self._rhythm = rhythm
        self._tell = tell
        self._marks: deque[tuple[int, datetime]] = deque()
        self._segment: _Segment | None = None
        self._told: datetime | None = None

    def run(self, stop: threading.Event) -> None:
        """Receive until told to stop; raises `LogLost`. A dead server or target is waited for."""
        while not stop.is_set():
            try:
                with (
                    psycopg.connect(self._conninfo, autocommit=True, connect_timeout=10) as asking,
                    Replication(self._conninfo) as log,
                ):
                    self._begin(asking, log)
                    self._receive(asking, log, stop)
            except LogLost as lost:
                self._say(lost.sentence)
                raise
            except psycopg.OperationalError as failure:
                # What came before the server died is the last that anybody will ever have of it.
                with suppress(TargetFault):
                    self._store()
                self._say(f"数据库没有应答：{str(failure).strip().splitlines()[-1]}")
                stop.wait(_PAUSE)
            except TargetFault as fault:
                self._say(fault.sentence)
                stop.wait(_PAUSE)

    def _begin(self, asking: psycopg.Connection, log: Replication) -> None:
        found = log.identify()
        if (found.system, found.timeline) != (self._line.system, self._line.timeline):
            raise LogLost("other_history", "数据库已不是这条备份线所属的那一个：需要先做一次全量备份")
        restart = slot_start(asking, self._slot)
        if restart is None:
            raise LogLost("log_lost", "尚未备份的日志已被数据库清除：需要先做一次全量备份")
        number = restart // SEGMENT_BYTES
        known = pieces_of(self._target.list(f"{self._line.folder}wal/{segment_name(self._line.timeline, number)}/"))
        reached = max((piece.end for piece in covering(known)), default=0)
        self._segment = _Segment(number, stored=reached, pieces=known)
        self._marks.clear()
        log.stream(self._slot, start=number * SEGMENT_BYTES, timeline=self._line.timeline)

    def _receive(self, asking: psycopg.Connection, log: Replication, stop: threading.Event) -> None:
        due = time.monotonic()
        while not stop.is_set():
            if time.monotonic() >= due:
                due = time.monotonic() + self._rhythm
                self._mark(asking)
            came = log.receive(min(max(due - time.monotonic(), 0.01), 0.5))
            if came is not None:
                start, content = came
                while content:
                    content = self._take(start, content)
                    if self._segment is not None and self._segment.is_whole:
                        self._store_patiently(log, stop)
                        self._turn_page()
                    start = self._end
            # All that was committed by the last mark has come: there is no sense in waiting for more.
            if self._marks and self._marks[-1][0] <= self._end:
                self._store_patiently(log, stop)
        self._store()

    @property
    def _end(self) -> int:
        return self._segment.start + len(self._segment.content) if self._segment else 0

    def _mark(self, asking: psycopg.Connection) -> None:
        """Remember how far the log is now: when we have that, we have all that is committed now."""
        row = asking.execute("SELECT clock_timestamp(), pg_current_wal_flush_lsn()::text").fetchone()
        assert row is not None
        self._marks.append((lsn_of(row[1]), row[0]))

    def _take(self, start: int, content: bytes) -> bytes:
        """Add what fits into the segment; the rest belongs to the next one."""
        assert self._segment is not None
        if start != self._end:
            raise psycopg.OperationalError(f"the log jumps from {self._end:X} to {start:X}")
        room = SEGMENT_BYTES - len(self._segment.content)
        self._segment.content += content[:room]
        return content[room:]

    def _turn_page(self) -> None:
        assert self._segment is not None
        self._segment = _Segment(self._segment.number + 1)

    def _store_patiently(self, log: Replication, stop: threading.Event) -> None:
        """Store, however long the target is away; the server holds the rest back meanwhile."""
        pause = _PAUSE
        while True:
            try:
                self._store()
            except TargetFault as fault:
                self._say(fault.sentence)
                log.confirm(self.progress.stored)
                if stop.wait(pause):
                    raise
                pause = min(pause * 2, _LONGEST_PAUSE)
            else:
                log.confirm(self.progress.stored)
                return

    def _store(self) -> None:
        """Put what is not in the target yet; a whole segment, or many small pieces, become one file."""
        segment = self._segment
        if segment is None:
            return
        end, moment, passed = len(segment.content), self.progress.moment, 0
        for place, at in self._marks:
            if place <= segment.start + end:
                moment, passed = at, passed + 1
        is_news = moment is not None and (self._told is None or moment - self._told >= _BEAT)
        if end > segment.stored or (end == segment.stored and is_news):
            self._add(segment, end, moment or _LONG_AGO)
            self._told = moment
        for _ in range(passed):
            self._marks.popleft()
        self.progress = Progress(segment.start + segment.stored, moment)
        self._tell(self.progress)

    def _add(self, segment: _Segment, end: int, moment: datetime) -> None:
        start, replaced = segment.stored, [old for old in segment.pieces if old.start == old.end]
        if segment.is_whole:
            start, replaced = 0, segment.pieces
        elif len(segment.loose) >= _MOST_LOOSE:
            start, replaced = segment.loose[0].start, [*segment.loose, *replaced]
        piece = Piece.named(self._line, segment_name(self._line.timeline, segment.number), start, end, moment)
        self._put(piece, bytes(segment.content[start:end]))
        segment.add(piece, instead_of=replaced)
        with suppress(TargetFault):  # They only take room.
            self._target.delete(old.name for old in replaced if old.name != piece.name)

    def _put(self, piece: Piece, content: bytes) -> None:
        sealed = encrypted(
            io.BytesIO(zlib.compress(content, 1)),
            recipients=self._recipients,
            place=piece.name.encode(),
            algorithm=self._algorithm,
        )
        self._target.put(piece.name, sealed)

    def _say(self, trouble: str) -> None:
        self.progress = replace(self.progress, trouble=trouble)
        self._tell(self.progress)


_LONG_AGO = datetime.fromisoformat("2000-01-01T00:00:00+00:00")


def slot_start(asking: psycopg.Connection, slot: str) -> int | None:
    """From where on the server still has the log for this slot; None when it let go of it."""
    row = asking.execute(
        "SELECT restart_lsn::text, wal_status FROM pg_replication_slots WHERE slot_name = %s", [slot]
    ).fetchone()
    if row is None or row[0] is None or row[1] == "lost":
        return None
    return lsn_of(row[0])
