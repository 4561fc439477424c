"""Full backups (全量备份) and what becomes of old ones.

`pg_basebackup` writes the cluster as one compressed tar; it is sealed on its way, so that nothing
of it lies anywhere in the clear, and needs no room on this machine. It holds the log from its own
beginning to its end and can be restored without anything else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, BinaryIO, cast

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from guiju import __version__
from guiju.backups.layout import (
    File,
    Full,
    Line,
    fulls_of,
    line_of,
    lines_of,
    moment_of,
    pieces_of,
    segment_number,
    stamp_of,
    stretch_after,
)
from guiju.backups.replication import Replication
from guiju.backups.target import LONGEST_WRITING, FileMissing, Target
from guiju.database.embedded import die_with_parent
from guiju.kernel.crypto.recovery import Recipient, seal_to
from guiju.kernel.crypto.streams import Algorithm, encrypted
from guiju.kernel.errors import Refused

BASE = "base.tar.gz.sealed"

_SILENCE_SECONDS = 300
"""The server says nothing while it makes a checkpoint; after so long it is stuck."""

_POINT = re.compile(r"write-ahead log (start|end) point: ([0-9A-F]+/[0-9A-F]+)")


def open_line(target: Target, *, conninfo: str, at: datetime) -> Line:
    """Begin a history of this server in the target; a full backup has to follow."""
    with Replication(conninfo) as server:
        found = server.identify()
    line = Line.opened(system=found.system, timeline=found.timeline, at=at)
    text = json.dumps({"system": line.system, "timeline": line.timeline, "program": __version__}).encode()
    target.put(f"{line.folder}line.json", [text])
    return line


def take_full(
    target: Target,
    line: Line,
    *,
    conninfo: str,
    binaries: Path,
    recipient: Recipient,
    others: Sequence[Recipient] = (),
    kept: Mapping[str, bytes],
    algorithm: Algorithm = Algorithm.AES_256_GCM,
    is_stopped: Callable[[], bool] = lambda: False,
) -> Full:
    """Take a full backup.

    `kept` is what a new machine needs beside the database (secrets.json): it is sealed for the
    recovery key only. `others` can open the database too (the key with which drills are done).
    """
    if line_of(target, line.name) is None:
        raise FileMissing(f"{line.folder}line.json")
    began = stamp_of(datetime.now(UTC))
    size, version = _cluster_facts(conninfo)
    with Replication(conninfo) as holding, tempfile.TemporaryFile() as said:
        found = holding.identify()
        if (found.system, found.timeline) != (line.system, line.timeline):
            raise Refused("other_history", "数据库已不是这条备份线所属的那一个：请先开始新的备份线")
        # pg_basebackup fetches the log at its end; without this the server may have let go of it by then.
        holding.make_slot(f"guiju_full_{os.getpid()}_{os.urandom(3).hex()}", is_temporary=True)
        name = f"lines/{line.name}/full/{began}/{BASE}"
        measured = _Measured(is_stopped)
        with _base_backup(binaries, conninfo, said) as source:
            sealed = encrypted(source, recipients=(recipient, *others), place=name.encode(), algorithm=algorithm)
            target.put(name, measured.passing(sealed))
        points = dict(_POINT.findall(_written(said)))
    full = Full(
        line=line.name,
        system=line.system,
        timeline=line.timeline,
        began=began,
        finished=stamp_of(datetime.now(UTC)),
        wal_from=points["start"],
        wal_to=points["end"],
        server_version=version,
        program=__version__,
        recipient=recipient.name,
        cluster_bytes=size,
        files=(File(name, measured.size, measured.digest.hexdigest()),),
        kept=kept_digest(kept),
    )
    text = json.dumps({name: base64.b64encode(content).decode() for name, content in kept.items()}).encode()
    full = full.with_sealed(base64.b64encode(seal_to(recipient, text, place=full.place())).decode())
    target.put(full.facts_name, [full.text()])
    return full


def kept_digest(kept: Mapping[str, bytes]) -> str:
    """What tells that a new machine would need other files now: checkpoints move by themselves and don't count."""
    lasting = sorted((name, content) for name, content in kept.items() if not name.endswith(".checkpoint"))
    digests = (f"{name}\0{hashlib.sha256(content).hexdigest()}" for name, content in lasting)
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def needs_full(target: Target, line: Line, *, log_from: int) -> bool:
    """Whether no full backup of the line is followed by all of the log up to a place in it."""
    items = list(target.list(line.folder))
    fulls = fulls_of(target, [item.name for item in items])
    if not fulls:
        return True
    return stretch_after(fulls[-1], pieces_of(items)).end < log_from


def newest_moment(target: Target) -> datetime | None:
    """The newest moment that can be restored; None when there is nothing."""
    for name in reversed(lines_of(target)):
        items = list(target.list(f"lines/{name}/"))
        if fulls := fulls_of(target, [item.name for item in items]):
            return stretch_after(fulls[-1], pieces_of(items)).moment
    return None


def fulls_in(target: Target) -> list[Full]:
    """All full backups that are left; from the end of the oldest one on everything can be restored."""
    return fulls_of(target, [item.name for item in target.list("lines/")])


def forget(target: Target, *, keep: timedelta, at: datetime) -> list[str]:
    """Remove what is older than `keep`, and log before the oldest full backup that is left.

    The newest full backup stays however old it is. Facts go first: files without facts are no
    backup, and what an end in between leaves of them goes the next time.
    """
    items = [item.name for item in target.list("lines/")]
    fulls = fulls_of(target, items)
    staying = [full for full in fulls if full.finished_at >= at - keep] or fulls[-1:]
    needed_from: dict[str, int] = {}
    for full in staying:
        needed_from[full.line] = min(full.first_segment, needed_from.get(full.line, full.first_segment))
    folders = {full.folder: full in staying for full in fulls}

    def is_needed(name: str) -> bool:
        _, line, kind, *rest = name.split("/")
        if kind == "full":
            return folders.get(f"lines/{line}/full/{rest[0]}/", _is_recent(rest[0], at))
        if line not in needed_from:
            return _is_recent(line, at)
        return kind != "wal" or segment_number(rest[0]) >= needed_from[line]

    gone = sorted((name for name in items if not is_needed(name)), key=lambda name: not name.endswith("/facts.json"))
    target.delete(gone)
    target.tidy(at=at)
    return gone


def _is_recent(name: str, at: datetime) -> bool:
    """Whether a backup or a line may still be in the making."""
    return moment_of(name.split("-", 1)[0]) >= at - LONGEST_WRITING


class _Measured:
    """Size and digest of what passes by, until somebody wants an end."""

    def __init__(self, is_stopped: Callable[[], bool]) -> None:
        self._is_stopped = is_stopped
        self.size = 0
        self.digest = hashlib.sha256()

    def passing(self, parts: Iterator[bytes]) -> Iterator[bytes]:
        for part in parts:
            if self._is_stopped():
                raise Refused("backup_stopped", "全量备份没有完成：程序正在结束")
            self.size += len(part)
            self.digest.update(part)
            yield part


class _Patient:
    """A pipe that is waited for, but not for ever."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self._pipe = pipe

    def read(self, size: int) -> bytes:
        if not select.select([self._pipe], [], [], _SILENCE_SECONDS)[0]:
            raise Refused("backup_failed", f"全量备份没有完成：数据库{_SILENCE_SECONDS}秒没有送来数据")
        return os.read(self._pipe.fileno(), size)


class _Ended:
    """What a program writes; its end counts only when the program says that all went well."""

    def __init__(self, process: subprocess.Popen[bytes], said: IO[bytes]) -> None:
        assert process.stdout is not None
        self._process = process
        self._said = said
        self._pipe = _Patient(process.stdout)

    def read(self, size: int = -1) -> bytes:
        part = self._pipe.read(size)
        if not part and self._process.wait(_SILENCE_SECONDS):
            lines = [line for line in _written(self._said).splitlines() if "error:" in line]
            reason = lines[-1].split("error:")[-1].strip() if lines else "原因不明"
            raise Refused("backup_failed", f"全量备份没有完成：{reason}")
        return part


@contextmanager
def _base_backup(binaries: Path, conninfo: str, said: IO[bytes]) -> Iterator[BinaryIO]:
    parts = conninfo_to_dict(conninfo)
    password = str(parts.pop("password", ""))
    parts.pop("dbname", None)
    process = subprocess.Popen(
        [
            binaries / "bin" / "pg_basebackup",
            f"--dbname={make_conninfo(**cast(dict[str, str], parts))}",
            "--pgdata=-",
            "--format=tar",
            "--wal-method=fetch",
            "--compress=client-gzip:1",
            "--checkpoint=fast",
            "--no-password",
            "--verbose",
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=said,
        env={**os.environ, "PGPASSWORD": password, "LC_ALL": "C.UTF-8" if sys.platform == "linux" else "C"},
        start_new_session=True,
        preexec_fn=die_with_parent,
    )
    try:
        yield cast(BinaryIO, _Ended(process, said))
    finally:
        process.kill()
        process.wait()
        assert process.stdout is not None
        process.stdout.close()


def _written(said: IO[bytes]) -> str:
    said.seek(0)
    return said.read().decode(errors="replace")


def _cluster_facts(conninfo: str) -> tuple[int, int]:
    with psycopg.connect(conninfo, connect_timeout=10) as asking:
        row = asking.execute("SELECT sum(pg_database_size(oid))::bigint FROM pg_database").fetchone()
        assert row is not None
        return int(row[0]), asking.info.server_version
