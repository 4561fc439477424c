"""Everything dies at a random moment under a writing load, and the machine with it: what was acknowledged comes back.

A round is: write over the API, kill all, lose folder and cluster, restore (itself killed now and then), start, compare.
"""

from __future__ import annotations

import json
import os
import random
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from tests.journeys.burnt import listed, sheets_in, until
from tests.journeys.running import GUIJU, ROOT_HOME, Running, environment, guiju, remove
from tests.journeys.test_kill import FAULTS, new_code

IS_LONG = os.environ.get("GUIJU_PROVE") == "1"
ROUNDS = 12 if IS_LONG else 1
SEED = int(os.environ.get("GUIJU_SEED") or secrets.randbelow(2**32))
MOST_LOST = 6.0
"""Seconds before the kill: two of the rhythm, the rest for a machine that does three things at once."""


@pytest.fixture
def place() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="规矩 断电 "))
    yield folder
    remove(folder)


def write_until(running: Running, token: str, seconds: float) -> dict[str, float]:
    """Register companies one after the other; each that was acknowledged, with the moment."""
    accepted, end = {}, time.monotonic() + seconds
    while time.monotonic() < end:
        code = new_code()
        body = {
            "unified_code": code,
            "name": f"写入{code}",
            "region": "330106",
            "sector": "food",
            "went_live_on": "2026-01-01",
        }
        answer = requests.post(
            f"{running.url}/api/v1/companies",
            json=body,
            headers={"Authorization": f"Bearer {token}"},
            timeout=20,
        )
        if answer.status_code == 201:
            accepted[code] = time.monotonic()
    return accepted


def kill_all(running: Running) -> float:
    """The power is cut."""
    pids = running.status()["pids"]
    at = time.monotonic()
    for pid in [pids.pop("up"), *pids.values()]:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    assert running.process is not None
    running.process.wait(30)
    return at


def restored(target: Path, data: Path, sheets: list[str], chance: random.Random) -> int:
    """Restore, killed in the middle now and then; how often."""
    words = ["backup", "restore", str(target), "--data", str(data), "--old-is-gone"]
    given, killed = ",".join(chance.sample(sheets, 2)), 0
    while IS_LONG and chance.random() < 0.6 and not (data / "instance.json").exists():
        process = subprocess.Popen(
            [GUIJU, *words],
            env=environment(GUIJU_SHEETS=given),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(chance.uniform(0.3, 5.0))
        process.kill()
        process.wait()
        killed += 1
    if not (data / "instance.json").exists():
        done = guiju(*words, GUIJU_SHEETS=given)
        assert done.returncode == 0, done.stderr
    return killed


@pytest.mark.prove
def test_what_was_acknowledged_comes_back_however_everything_died(place: Path) -> None:
    chance = random.Random(SEED)
    target, running = place / "目标", Running(place / "0")
    running.start()
    sheets = sheets_in(running.folder / "sheets")
    assert running.command("backup", "target", str(target)).returncode == 0
    until(lambda: len(listed(running)["fulls"]) > 0)
    kept: set[str] = set()
    worst, restores_killed = 0.0, 0
    for number in range(1, ROUNDS + 1):
        token = running.token("system.admin")
        before = write_until(running, token, 3.0 if not IS_LONG else chance.uniform(1.0, 8.0))
        killed_at = kill_all(running)
        lose(running)
        data = place / str(number)
        restores_killed += restored(target, data, sheets, chance)
        running = Running(data)
        running.start()
        there = codes_in(data)
        lost = sorted(killed_at - at for code, at in before.items() if code not in there)
        worst = max([worst, *lost])
        assert worst < MOST_LOST, f"round {number}, seed {SEED}: lost what was acknowledged {worst:.1f} s before"
        assert kept <= there, f"round {number}, seed {SEED}: what had come back before is gone"
        kept |= there & before.keys()
        verified = running.command("evidence", "verify")
        assert verified.returncode == 0, verified.stdout
        until(lambda running=running, data=data: whole(data))
        # From here on there is a history of its own, with a full backup of its own.
        until(lambda running=running: is_on_its_own(running), 90)
    running.stop()
    print(
        f"seed {SEED}: {ROUNDS} rounds, {len(kept)} companies, lost at most {worst:.2f} s, {restores_killed} restores killed"
    )


def lose(running: Running) -> None:
    short = json.loads((running.folder / "instance.json").read_text())["id"].replace("-", "")[-12:]
    shutil.rmtree(ROOT_HOME / short, ignore_errors=True)
    shutil.rmtree(running.folder)


def codes_in(data: Path) -> set[str]:
    with psycopg.connect(superuser(data)) as admin:
        rows = admin.execute("SELECT unified_code FROM organisations_entity WHERE name LIKE '写入%'").fetchall()
    return {code for (code,) in rows}


def superuser(data: Path) -> str:
    done = guiju("db", "url", "--role", "superuser", GUIJU_DATA=str(data))
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def whole(data: Path) -> bool:
    with psycopg.connect(superuser(data)) as admin:
        return all(admin.execute(query).fetchone() == (0,) for query in FAULTS.values())


def is_on_its_own(running: Running) -> bool:
    """Whether the restored installation has a full backup of its own line, and the log behind it."""
    state = json.loads((running.folder / "backup-state.json").read_text())
    return (
        bool(state["line"])
        and state["newest_full"] is not None
        and state["moment"] is not None
        and not state["trouble"]
    )
