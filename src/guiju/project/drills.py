"""Drills on a schedule (定期演练): when one is due, and the program that begins it at night.

GUIJU_DRILL_DAYS   how many days after the last one that passed; 30 where nothing is said, 0 for never
GUIJU_DRILL_HOURS  between which hours in China it may begin; 1-5 where nothing is said
"""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from guiju.database.embedded import die_with_parent
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import Refused
from guiju.project.folder import DataFolder
from guiju.project.supervisor import python

DAYS, HOURS = "GUIJU_DRILL_DAYS", "GUIJU_DRILL_HOURS"
AGAIN = timedelta(days=1)
"""After one that failed: not each hour, whatever stands in its way."""

LOOKS = timedelta(hours=1)
ROOM = 2
"""So many times the size of the database has to be free: what is restored, and the log that is replayed into it."""


class Last(Protocol):
    """The drill before."""

    began_at: datetime
    passed: bool


@dataclass(frozen=True)
class Schedule:
    """Every so many days (nothing: never), from one full hour in China until another, over midnight too."""

    every: timedelta | None
    first: int
    until: int

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Schedule:
        """Raises `Refused` for what can't be read."""
        days, hours = environment.get(DAYS, "30").strip(), environment.get(HOURS, "1-5").strip()
        if not (days.isascii() and days.isdigit() and int(days[:5]) <= 366 and len(days) <= 3):
            raise Refused("drill_days", f"{DAYS} 是隔几天做一次恢复演练，请写成 0 到 366 的整数，0 为不做")
        first, _, until = hours.partition("-")
        if not all(one.isascii() and one.isdigit() and len(one) <= 2 and int(one) <= 24 for one in (first, until)):
            raise Refused("drill_hours", f"{HOURS} 是几点到几点可以开始演练，请写成 1-5 或 22-6")
        return cls(timedelta(days=int(days)) if int(days) else None, int(first), int(until))

    def is_quiet(self, at: datetime) -> bool:
        hour = at.astimezone(CHINA).hour
        if self.first < self.until:
            return self.first <= hour < self.until
        return hour >= self.first or hour < self.until

    def is_due(self, at: datetime, last: Last | None) -> bool:
        if self.every is None:
            return False
        return last is None or at - last.began_at >= (self.every if last.passed else AGAIN)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let no other drill begin; raises `Refused` while one goes on."""
    with (folder / "drill.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("drill_running", "另一次恢复演练正在进行：请等它做完") from None
        yield


def lack_of_room(where: Path, size: int) -> str:
    """Why there is no room for a second database of this size; empty where there is."""
    free = shutil.disk_usage(where).free
    if free >= ROOM * size:
        return ""
    return f"磁盘不够做演练：数据库 {size >> 20} MB，要空出 {ROOM * size >> 20} MB，现在空着 {free >> 20} MB"


class Nightly:
    """Begins `guiju backup drill --if-due` in the quiet hours, once an hour, never beside one that goes on.

    A program of its own: it needs the password of the database's superuser, which pages and tasks are not given.
    """

    def __init__(self, folder: DataFolder, schedule: Schedule, begin: Callable[[list[str]], subprocess.Popen[bytes]]):
        self._command = python(
            "-c",
            "from guiju.project.cli import main; main()",
            *("backup", "drill", "--if-due", "--data", str(folder.path)),
        )
        self._schedule, self._begin = schedule, begin
        self._asked: datetime | None = None
        self._running: subprocess.Popen[bytes] | None = None

    def look(self, at: datetime) -> None:
        if self._schedule.every is None or not self._schedule.is_quiet(at):
            return
        if self._running is not None and self._running.poll() is None:
            return
        if self._asked is None or at - self._asked >= LOOKS:
            self._asked, self._running = at, self._begin(self._command)


def begin(command: list[str]) -> subprocess.Popen[bytes]:
    """As from a terminal: with the environment of `guiju up`, and none of what it gives its own programs."""
    environment = {name: text for name, text in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        preexec_fn=lambda: die_with_parent(signal.SIGTERM),
    )
