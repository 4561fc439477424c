"""Drills begin by themselves (定期演练): when one is due, at night, where there is room, and never two."""

from __future__ import annotations

import subprocess
import sys
from collections import namedtuple
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import Refused
from guiju.project import drills
from guiju.project.drills import DAYS, HOURS, Nightly, Schedule, alone, lack_of_room
from guiju.project.folder import open_folder

NIGHT = datetime(2026, 11, 29, 2, 30, tzinfo=CHINA)


def last(days: float, *, passed: bool = True) -> Any:
    return SimpleNamespace(began_at=NIGHT - timedelta(days=days), passed=passed)


def test_it_is_due_a_month_after_one_that_passed_and_a_day_after_one_that_did_not() -> None:
    schedule = Schedule.read({})
    assert schedule.is_due(NIGHT, None)
    assert schedule.is_due(NIGHT, last(30)) and not schedule.is_due(NIGHT, last(29.9))
    assert schedule.is_due(NIGHT, last(1, passed=False)) and not schedule.is_due(NIGHT, last(0.9, passed=False))
    assert not Schedule.read({DAYS: "0"}).is_due(NIGHT, None)


@pytest.mark.parametrize(
    ("hours", "hour", "is_quiet"),
    [
        ("1-5", 0, False),
        ("1-5", 1, True),
        ("1-5", 4, True),
        ("1-5", 5, False),
        ("22-6", 21, False),
        ("22-6", 22, True),
        ("22-6", 5, True),
        ("22-6", 6, False),
        ("0-24", 23, True),
    ],
)
def test_the_hours_are_those_of_china_and_may_go_over_midnight(hours: str, hour: int, is_quiet: bool) -> None:
    at = datetime(2026, 11, 29, hour, 59, tzinfo=CHINA)
    assert Schedule.read({HOURS: hours}).is_quiet(at.astimezone(UTC)) is is_quiet


@pytest.mark.parametrize(
    "wrong",
    [{DAYS: "每月"}, {DAYS: "-1"}, {DAYS: "9999"}, {DAYS: "३"}, {HOURS: "5"}, {HOURS: "1-25"}, {HOURS: "一-五"}],
)
def test_what_cannot_be_read_is_said_with_an_example(wrong: dict[str, str]) -> None:
    with pytest.raises(Refused, match="请写成"):
        Schedule.read(wrong)


class Began:
    """Stands in for the programs that are begun; `ends` lets the last one end."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.ended: list[bool] = []

    def __call__(self, command: list[str]) -> Any:
        number = len(self.commands)
        self.commands.append(command)
        self.ended.append(False)
        return SimpleNamespace(poll=lambda: 0 if self.ended[number] else None)


def test_at_night_it_is_begun_once_an_hour_and_never_beside_another(tmp_path: Path) -> None:
    began = Began()
    nightly = Nightly(open_folder(tmp_path / "x", make=True), Schedule.read({}), began)
    nightly.look(NIGHT.replace(hour=12))
    assert began.commands == []
    for minutes in (0, 1, 61, 121):
        nightly.look(NIGHT + timedelta(minutes=minutes))
    # The first one goes on still.
    [command] = began.commands
    assert command[-5:] == ["backup", "drill", "--if-due", "--data", str(tmp_path / "x")]
    began.ended[0] = True
    nightly.look(NIGHT + timedelta(minutes=122))
    nightly.look(NIGHT + timedelta(minutes=123))
    assert len(began.commands) == 2
    off = Began()
    Nightly(open_folder(tmp_path / "x"), Schedule.read({DAYS: "0"}), off).look(NIGHT)
    assert off.commands == []


def test_what_is_begun_knows_its_command_and_has_no_sign_in_of_the_program_around_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://x")
    said = drills.begin([sys.executable, "-c", "import os, sys; sys.exit('DATABASE_URL' in os.environ)"])
    assert said.wait(30) == 0
    folder = open_folder(tmp_path / "x", make=True)
    commands: list[list[str]] = []
    Nightly(folder, Schedule.read({}), commands.append).look(NIGHT)  # type: ignore[arg-type,func-returns-value]
    # Nothing runs on the folder: the command says so, which shows that it is one.
    done = subprocess.run(commands[0], capture_output=True, text=True, check=False)
    assert done.returncode != 0 and "guiju up" in done.stderr


def test_never_two_at_once(tmp_path: Path) -> None:
    with alone(tmp_path), pytest.raises(Refused, match="正在进行"), alone(tmp_path):
        pass
    with alone(tmp_path):
        pass


def test_there_has_to_be_room_for_the_database_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(drills.shutil, "disk_usage", lambda path: usage(0, 0, 10 * 2**20))
    assert lack_of_room(tmp_path, 5 * 2**20) == ""
    assert lack_of_room(tmp_path, 6 * 2**20) == "磁盘不够做演练：数据库 6 MB，要空出 12 MB，现在空着 10 MB"
