"""From a target and two printed sheets to a running database (恢复): the newest, or as of a moment.

1. `choose` finds the full backup and the log after it, and refuses when a file in between is missing.
2. `unlock` rebuilds the private key from the sheets and opens what a new machine needs (secrets.json).
3. `restore` unpacks the full backup into an empty place, lets a server replay the log, stops it and
   puts the cluster where the next start finds it.
"""

from __future__ import annotations

import base64
import gzip
import io
import json
import shutil
import tarfile
import time
import zlib
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from guiju.backups.feeding import COMMAND, Feeder, damaged, owner_of
from guiju.backups.layout import SEGMENT_BYTES, Full, Stretch, fulls_of, lines_of, pieces_of, stretch_after
from guiju.backups.tables import Table, tables_of
from guiju.backups.target import FileMissing, Target
from guiju.database.embedded import MAJOR, EmbeddedServer, Place
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.crypto.recovery import open_with, recipient_of
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.crypto.shares import read, rebuild
from guiju.kernel.crypto.streams import decrypted
from guiju.kernel.errors import Refused, reason_of

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

MAKING = "postgres.restoring"
"""A cluster that is being restored; no start looks there."""

_PATIENCE = 86_400
"""The server answers first when it has replayed the log of the time in which the full backup was taken."""

_STUCK_SECONDS = 600
_BUFFER = 2**20


@dataclass(frozen=True)
class Plan:
    """What will be restored."""

    full: Full
    stretch: Stretch
    until: datetime | None

    @property
    def moment(self) -> datetime:
        """Until when the data will be there."""
        return min(self.until, self.stretch.moment) if self.until else self.stretch.moment


@dataclass(frozen=True)
class Unlocked:
    private: bytes
    kept: dict[str, bytes]

    def __repr__(self) -> str:
        return f"Unlocked({', '.join(self.kept)})"


@dataclass(frozen=True)
class Restored:
    """What came of it."""

    plan: Plan
    last_commit: datetime | None
    segments: int
    tables: dict[str, Table]
    seconds: float


def choose(
    target: Target,
    *,
    until: datetime | None = None,
    passing_over: Collection[str] = (),
    at: datetime | None = None,
) -> Plan:
    """The newest full backup that was finished by then and the log after it; raises `Refused`.

    Damaged ones can be passed over (by the times in their names): from an older one the log leads as far.
    """
    if until is not None and until > (at or datetime.now(UTC)):
        raise Refused("until_in_future", "恢复到的时刻还没有到：请给出过去的时刻")
    oldest: datetime | None = None
    for name in reversed(lines_of(target)):
        items = list(target.list(f"lines/{name}/"))
        fulls = fulls_of(target, [item.name for item in items])
        oldest = min([full.finished_at for full in fulls] + ([oldest] if oldest else []), default=oldest)
        for full in reversed(fulls):
            if full.began in passing_over or (until is not None and full.finished_at > until):
                continue
            present = {item.name: item.size for item in items}
            for file in full.files:
                if file.name not in present:
                    raise FileMissing(file.name)
                if present[file.name] != file.size:
                    raise damaged(file.name)
            stretch = stretch_after(full, pieces_of(items))
            if stretch.lost and (until is None or until > stretch.moment):
                raise Refused(
                    "backup_gap",
                    f"备份目标里缺少文件 {stretch.lost}：最多只能恢复到 {shown(stretch.moment)}，请指定不晚于它的时刻",
                )
            return Plan(full, stretch.as_far_as(until) if until else stretch, until)
    if oldest is not None:
        raise Refused("until_too_early", f"最早只能恢复到 {shown(oldest)}：更早的备份已经没有了")
    raise Refused("no_backup", "备份目标里没有可以恢复的备份：请核对目标")


def unlock(full: Full, sheets: Sequence[str]) -> Unlocked:
    """The private key out of the sheets' texts, and what was sealed with the backup."""
    return unlock_with(full, rebuild([read(sheet) for sheet in sheets]))


def unlock_with(full: Full, private: bytes) -> Unlocked:
    """The same for who has the private key."""
    recipient = recipient_of(private)
    if recipient.name != full.recipient:
        raise Refused("other_sheets", "这几张恢复单不是这份备份的：请找出建立备份时打印的那一套")
    try:
        opened = json.loads(open_with(private, base64.b64decode(full.sealed), place=full.place()))
    except (Unsealable, ValueError):
        raise damaged(full.facts_name) from None
    return Unlocked(private, {name: base64.b64decode(content) for name, content in opened.items()})


def restore(
    target: Target,
    plan: Plan,
    unlocked: Unlocked,
    *,
    place: Place,
    superuser_password: str,
    database: str,
    to_point: str | None = None,
    settings: Sequence[str] = (),
    say: Callable[[str], None] = lambda sentence: None,
    count: Callable[[int, int], None] = lambda done, of: None,
    look: Callable[[EmbeddedServer], None] = lambda server: None,
) -> Restored:
    """Restore into a place where no cluster is yet; leaves nothing behind when it fails.

    `to_point` ends at a point that was named by `pg_create_restore_point` instead, and digests all
    tables as they are there. `count` is told how far each step is, `look` sees the server while it runs.
    """
    if place.cluster.exists():
        raise Refused("cluster_exists", f"{place.cluster} 里已有数据库：恢复只写进空的地方")
    began = time.monotonic()
    making = replace(place, cluster=place.cluster.with_name(MAKING))
    forget_unfinished(making)
    require_restorable(plan, making.cluster.parent)
    try:
        say(f"正在取回全量备份（{shown(plan.full.finished_at)}）")
        _unpack(target, plan.full, unlocked.private, making, count)
        say(f"正在重放其后的日志（{len(plan.stretch.segments)} 段）")
        last_commit, segments, tables = _replay(
            target, plan, unlocked.private, making, superuser_password, database, to_point, settings, count, look
        )
        making.cluster.rename(place.cluster)
    except OSError as failure:
        raise Refused("restore_failed", f"恢复没有完成：{making.cluster.parent} {reason_of(failure)}") from failure
    finally:
        shutil.rmtree(making.cluster, ignore_errors=True)
    return Restored(plan, last_commit, segments, tables, time.monotonic() - began)


def forget_unfinished(place: Place) -> None:
    """Remove a cluster that a killed restore left, after its server, if it still runs."""
    if place.cluster.exists():
        EmbeddedServer(place, "").end_orphan()
        shutil.rmtree(place.cluster, ignore_errors=True)


def require_restorable(plan: Plan, home: Path) -> None:
    """Raise `Refused` where this program or the disk of `home` can't take it."""
    written = plan.full.server_version // 10_000
    if written != MAJOR:
        raise Refused(
            "server_version",
            f"备份由 PostgreSQL {written} 建立，本程序带的是 {MAJOR}：请用建立备份的那个版本的规矩恢复，再升级",
        )
    free, needed = shutil.disk_usage(home).free, plan.full.cluster_bytes + 16 * SEGMENT_BYTES
    if free < needed:
        raise Refused("disk_full", f"磁盘空间不足：恢复需要约 {needed >> 20} MB，{home} 只剩 {free >> 20} MB")


def _unpack(target: Target, full: Full, private: bytes, place: Place, count: Callable[[int, int], None]) -> None:
    own = owner_of(place.popen_identity)
    place.cluster.mkdir(mode=0o700)
    own(place.cluster)
    (file,) = full.files
    try:
        with target.get(file.name) as sealed:
            parts = _counted(decrypted(sealed, private=private, place=file.name.encode()), file.size, count)
            # tarfile copies its buffer at every small read, so it gets a small one, and gzip is not left to it.
            with (
                gzip.open(io.BufferedReader(_Joined(parts), _BUFFER)) as plain,
                tarfile.open(fileobj=plain, mode="r|") as archive,
            ):
                for member in archive:
                    _write(archive, member, place.cluster, own)
            # The end of the file is checked too, although the archive ended before it.
            for _ in parts:
                pass
    except (Unsealable, tarfile.TarError, zlib.error, EOFError):
        raise damaged(file.name) from None


def _counted(parts: Iterator[bytes], of: int, count: Callable[[int, int], None]) -> Iterator[bytes]:
    done = 0
    for part in parts:
        done += len(part)
        count(done, of)
        yield part


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, cluster: Path, own: Callable[[Path], None]) -> None:
    path = cluster / member.name
    if ".." in path.parts or not path.is_relative_to(cluster):
        raise tarfile.TarError(member.name)
    if member.isdir():
        path.mkdir(mode=0o700, exist_ok=True)
    elif member.isfile():
        content = archive.extractfile(member)
        assert content is not None
        with path.open("wb") as file:
            shutil.copyfileobj(content, file, _BUFFER)
        path.chmod(0o600)
    else:
        raise tarfile.TarError(member.name)
    own(path)


def _replay(
    target: Target,
    plan: Plan,
    private: bytes,
    place: Place,
    password: str,
    database: str,
    to_point: str | None,
    settings: Sequence[str],
    count: Callable[[int, int], None],
    look: Callable[[EmbeddedServer], None],
) -> tuple[datetime | None, int, dict[str, Table]]:
    own = owner_of(place.popen_identity)
    signal = place.cluster / "recovery.signal"
    signal.touch()
    own(signal)
    goal = [f"recovery_target_name={to_point}"] if to_point else []
    if plan.until is not None:
        goal = [f"recovery_target_time={plan.until.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"]
    fixed = (f"restore_command={COMMAND}", "recovery_target_action=promote", "recovery_target_timeline=current")
    with Feeder(target, plan.stretch, private=private, cluster=place.cluster, own=own) as feeder:
        server = EmbeddedServer(place, password, settings=(*settings, *fixed, *goal))
        logged = server.log.stat().st_size if server.log.exists() else 0
        try:
            try:
                _start(server, feeder, count)
            except Refused as refusal:
                # All that was committed lies before the goal: then everything there is was wanted.
                if plan.until is None or feeder.fault or _BEFORE_GOAL not in _written(server.log, logged):
                    raise feeder.fault or refusal from None
                server.stop()
                server = EmbeddedServer(place, password, settings=(*settings, *fixed))
                _start(server, feeder, count)
            last_commit, tables = _facts(server, database, with_digests=to_point is not None)
            look(server)
        finally:
            server.stop()
        if feeder.fault is not None:
            raise feeder.fault
        # At a record that it can't read, the server takes the log to be at its end and says nothing.
        unread = [name for name in plan.stretch.segments if name not in feeder.asked]
        if unread and not goal:
            raise Refused("backup_damaged", f"日志段 {unread[0]} 之前有读不懂的内容，没有恢复到最新：请指定更早的时刻")
    shutil.rmtree(place.cluster / "feed")
    return last_commit, feeder.fed, tables


_BEFORE_GOAL = "recovery ended before configured recovery target was reached"


def _start(server: EmbeddedServer, feeder: Feeder, count: Callable[[int, int], None]) -> None:
    """Start and wait until the log is replayed: the server answers before it is done."""
    server.start(patience=_PATIENCE)
    fed, since = feeder.fed, time.monotonic()
    while True:
        assert server.process is not None
        if server.process.poll() is not None:
            raise feeder.fault or Refused("restore_failed", f"恢复没有完成：数据库中途停下（日志 {server.log}）")
        with suppress(psycopg.OperationalError), psycopg.connect(server.url(), connect_timeout=10) as asking:
            if asking.execute("SELECT pg_is_in_recovery()").fetchone() == (False,):
                return
        if feeder.fed != fed:
            count(feeder.fed, feeder.segments)
            fed, since = feeder.fed, time.monotonic()
        if time.monotonic() - since > _STUCK_SECONDS:
            raise Refused("restore_failed", f"恢复没有完成：{_STUCK_SECONDS}秒没有进展（日志 {server.log}）")
        time.sleep(0.1)


def _facts(server: EmbeddedServer, database: str, *, with_digests: bool) -> tuple[datetime | None, dict[str, Table]]:
    with psycopg.connect(server.url(database)) as asking:
        row = asking.execute("SELECT pg_last_xact_replay_timestamp()").fetchone()
        assert row is not None
        return row[0], tables_of(asking, with_digests=with_digests)


def _written(log: Path, since: int) -> str:
    with log.open("rb") as file:
        file.seek(since)
        return file.read().decode(errors="replace")


def shown(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M:%S}"


class _Joined(io.RawIOBase):
    """Parts as one file to read."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._held = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        if not self._held:
            self._held = memoryview(next(self._parts, b""))
        room = memoryview(buffer)
        count = min(len(room), len(self._held))
        room[:count] = self._held[:count]
        self._held = self._held[count:]
        return count
