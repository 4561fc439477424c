"""Backups all day long (备份的日常): the log without a pause, a full backup when one is due, old ones gone."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from guiju.backups.layout import BACKUP_DAYS, Full, Line, fulls_of, line_of
from guiju.backups.receiving import RHYTHM, LogLost, Progress, Receiver, slot_start
from guiju.backups.replication import Replication
from guiju.backups.taking import forget, fulls_in, kept_digest, needs_full, open_line, take_full
from guiju.backups.target import Target
from guiju.kernel.crypto.recovery import Recipient
from guiju.kernel.crypto.streams import Algorithm
from guiju.kernel.errors import Refused

_PAUSE = 1.0
_AGAIN_SECONDS = 60
_REST_SECONDS = 5
"""After one that succeeded: what a new machine needs may change several times within a second."""

_FORGET_SECONDS = 3600


@dataclass(frozen=True)
class Settings:
    """How backups are kept."""

    target: Target
    conninfo: str
    """The replicator's connection."""
    binaries: Path
    recipient: Recipient
    kept: Callable[[], Mapping[str, bytes]]
    """What a new machine needs beside the database, as it is when a full backup is taken."""
    others: Sequence[Recipient] = ()
    slot: str = "guiju_backup"
    every: timedelta = timedelta(days=1)
    keep: timedelta = timedelta(days=BACKUP_DAYS)
    rhythm: float = RHYTHM
    algorithm: Algorithm = Algorithm.AES_256_GCM


@dataclass(frozen=True)
class State:
    """What the pages show."""

    line: str | None = None
    progress: Progress = field(default_factory=Progress)
    newest_full: Full | None = None
    fulls: tuple[Full, ...] = ()
    """All that are left in the target, of whatever line; the oldest first."""
    trouble: str | None = None


class Keeper:
    """Runs until told to stop. `line` is the name that an earlier run was told through `tell`."""

    def __init__(
        self, settings: Settings, *, line: str | None = None, tell: Callable[[State], None] = lambda state: None
    ) -> None:
        self.state = State(line=line)
        self._settings = settings
        self._tell = tell
        self._changing = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            try:
                self._keep(stop)
            except LogLost as lost:
                # A new beginning: slot or line are made anew, and the full backup that follows holds the rest.
                self._tell_trouble(lost)
                stop.wait(1)
            except (Refused, psycopg.OperationalError) as failure:
                self._tell_trouble(failure)
                stop.wait(_PAUSE)

    def _keep(self, stop: threading.Event) -> None:
        """Until told to stop, or until the receiver can't go on."""
        line = self._line()
        start = self._slot_start()
        newest = _newest_full(self._settings.target, line)
        self._change(line=line.name, newest_full=newest, trouble=None)
        is_missing = needs_full(self._settings.target, line, log_from=start) or not self._is_sealed_for_us(newest)
        with _Receiving(self._receiver(line)) as receiving:
            due = {"full": 0.0, "forget": 0.0}
            while not stop.is_set() and not receiving.ended.is_set():
                now = time.monotonic()
                try:
                    # Before a full backup: on a target that is full, none would ever succeed otherwise.
                    if now >= due["forget"]:
                        due["forget"] = now + _FORGET_SECONDS
                        forget(self._settings.target, keep=self._settings.keep, at=datetime.now(UTC))
                        self._change(fulls=tuple(fulls_in(self._settings.target)))
                    if now >= due["full"] and (is_missing or self._is_due() or self._has_other_files()):
                        due["full"] = now + _AGAIN_SECONDS
                        self._take_full(line, stop)
                        is_missing, due["full"] = False, time.monotonic() + _REST_SECONDS
                except (Refused, psycopg.OperationalError) as failure:
                    if not stop.is_set():
                        self._tell_trouble(failure)
                receiving.ended.wait(_PAUSE)

    def _line(self) -> Line:
        """The line of an earlier run, if it still is this server's; else a new one."""
        target, name = self._settings.target, self.state.line
        with Replication(self._settings.conninfo) as server:
            found = server.identify()
        known = line_of(target, name) if name else None
        if known is not None and (known.system, known.timeline) == (found.system, found.timeline):
            return known
        return open_line(target, conninfo=self._settings.conninfo, at=datetime.now(UTC))

    def _slot_start(self) -> int:
        with psycopg.connect(self._settings.conninfo, autocommit=True, connect_timeout=10) as asking:
            start = slot_start(asking, self._settings.slot)
            if start is None:
                with Replication(self._settings.conninfo) as server:
                    if asking.execute(_SLOT_EXISTS, [self._settings.slot]).fetchone():
                        server.drop_slot(self._settings.slot)
                    server.make_slot(self._settings.slot)
                start = slot_start(asking, self._settings.slot)
        assert start is not None
        return start

    def _receiver(self, line: Line) -> Receiver:
        return Receiver(
            conninfo=self._settings.conninfo,
            slot=self._settings.slot,
            target=self._settings.target,
            line=line,
            recipients=(self._settings.recipient, *self._settings.others),
            algorithm=self._settings.algorithm,
            rhythm=self._settings.rhythm,
            tell=lambda progress: self._change(progress=progress),
        )

    def _is_sealed_for_us(self, newest: Full | None) -> bool:
        """Whether the sheets of today open the newest full backup: of a new key there are new sheets."""
        return newest is not None and newest.recipient == self._settings.recipient.name

    def _is_due(self) -> bool:
        newest = self.state.newest_full
        return newest is None or datetime.now(UTC) - newest.finished_at >= self._settings.every

    def _has_other_files(self) -> bool:
        """Whether what a new machine needs beside the database has changed since: a key was made, or exchanged."""
        newest = self.state.newest_full
        return newest is not None and newest.kept != kept_digest(self._settings.kept())

    def _take_full(self, line: Line, stop: threading.Event) -> None:
        full = take_full(
            self._settings.target,
            line,
            conninfo=self._settings.conninfo,
            binaries=self._settings.binaries,
            recipient=self._settings.recipient,
            others=self._settings.others,
            kept=self._settings.kept(),
            algorithm=self._settings.algorithm,
            is_stopped=stop.is_set,
        )
        self._change(newest_full=full, fulls=(*self.state.fulls, full), trouble=None)

    def _tell_trouble(self, failure: Exception) -> None:
        said = failure.sentence if isinstance(failure, Refused) else f"数据库没有应答：{str(failure).strip()}"
        self._change(trouble=said)

    def _change(self, **changes: Any) -> None:
        with self._changing:
            self.state = replace(self.state, **changes)
        self._tell(self.state)


_SLOT_EXISTS = "SELECT FROM pg_replication_slots WHERE slot_name = %s"


def _newest_full(target: Target, line: Line) -> Full | None:
    fulls = fulls_of(target, [item.name for item in target.list(f"{line.folder}full/")])
    return fulls[-1] if fulls else None


class _Receiving:
    """A receiver in a thread of its own; why it ended is raised where it was started."""

    def __init__(self, receiver: Receiver) -> None:
        self.ended = threading.Event()
        self._receiver = receiver
        self._stop = threading.Event()
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="receiving", daemon=True)

    def __enter__(self) -> _Receiving:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._failure is not None:
            raise self._failure

    def _run(self) -> None:
        try:
            self._receiver.run(self._stop)
        except BaseException as failure:
            self._failure = failure
        finally:
            self.ended.set()
