"""The drill (恢复演练): the newest backup restored into a second server and compared row by row."""

from __future__ import annotations

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from guiju.backups.restoring import Restored, Unlocked, choose, restore
from guiju.backups.tables import differences, mark
from guiju.backups.target import Target
from guiju.database.embedded import EmbeddedServer, Place
from guiju.kernel.errors import Refused

_WAIT_SECONDS = 300


@dataclass(frozen=True)
class Drill:
    """What the drill found; it passed when no table differs."""

    restored: Restored
    tables: int
    rows: int
    differing: list[str]

    @property
    def passed(self) -> bool:
        return not self.differing


def drill(
    target: Target,
    *,
    administrator: str,
    database: str,
    private: bytes,
    superuser_password: str,
    beside: Place,
    stored: Callable[[], int],
    say: Callable[[str], None] = lambda sentence: None,
    look: Callable[[EmbeddedServer], None] = lambda server: None,
) -> Drill:
    """Restore up to this moment beside the living server, compare, and leave nothing.

    `administrator` is the connection of the living database's superuser; `stored` says how far the
    target is (`Receiver.progress.stored`); `private` is a key that opens the backups. `look` sees
    the restored server while it runs.
    """
    name = f"guiju-drill-{secrets.token_hex(6)}"
    marked = mark(administrator, name)
    deadline = time.monotonic() + _WAIT_SECONDS
    while stored() < marked.lsn:
        if time.monotonic() > deadline:
            raise Refused("backup_behind", f"演练没有开始：{_WAIT_SECONDS}秒内最新的日志没有到达备份目标")
        time.sleep(0.2)
    with tempfile.TemporaryDirectory(prefix="drill-", dir=beside.cluster.parent) as scratch:
        if identity := beside.popen_identity:
            shutil.chown(scratch, identity["user"])
        with tempfile.TemporaryDirectory(prefix="d", dir=beside.run) as run:
            if identity:
                shutil.chown(run, identity["user"])
            place = replace(
                beside,
                cluster=Path(scratch) / "postgres",
                run=Path(run),
                log=beside.log.with_name("drill.log"),
            )
            restored = restore(
                target,
                choose(target),
                Unlocked(private, {}),
                place=place,
                superuser_password=superuser_password,
                database=database,
                to_point=name,
                say=say,
                look=look,
            )
    return Drill(
        restored,
        len(marked.tables),
        sum(table.rows for table in marked.tables.values()),
        differences(marked.tables, restored.tables),
    )
