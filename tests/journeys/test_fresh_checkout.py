"""`make run` from nothing: a fresh checkout in a folder with mode 0700, spaces and Chinese in its path."""

from __future__ import annotations

import json
import os
import pwd
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.journeys.running import environment, free_ports, remove

ROOT = Path(__file__).resolve().parents[2]
SYSTEM_PYTHON = "/usr/bin/python3"


@pytest.fixture(params=["root", "ordinary"])
def checkout(request: pytest.FixtureRequest) -> Iterator[tuple[Path, str | None]]:
    """A clone of the last commit, and the account that works in it (None: this one)."""
    if not os.environ.get("GUIJU_PROVE"):
        pytest.skip("installs everything from the package registry: part of make prove")
    is_root = os.geteuid() == 0
    account = "nobody" if request.param == "ordinary" and is_root else None
    if (request.param == "root") != (is_root and account is None):
        pytest.skip("these tests run as an ordinary user")
    folder = Path(tempfile.mkdtemp(prefix="规矩 检出 "))
    subprocess.run(["git", "clone", "--quiet", ROOT, folder / "规矩"], check=True)
    if account:
        subprocess.run(["chown", "-R", account, folder], check=True)
    yield folder / "规矩", account
    remove(folder)


@pytest.mark.prove
def test_one_command_makes_installs_migrates_and_serves(checkout: tuple[Path, str | None]) -> None:
    folder, account = checkout
    python = SYSTEM_PYTHON if account else sys.executable
    version = subprocess.run([python, "-c", "import sys; print(sys.version_info >= (3, 11))"], capture_output=True)
    if version.stdout.strip() != b"True":
        pytest.skip(f"{python} is older than 3.11 or missing")
    home = folder.parent / "home"
    home.mkdir(mode=0o700)
    identity = {}
    if account:
        entry = pwd.getpwnam(account)
        os.chown(home, entry.pw_uid, entry.pw_gid)
        identity = {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    port, public_port = free_ports()
    command = ["make", f"PYTHON={python}", "run", f"ARGS=--port {port} --public-port {public_port}"]
    seconds = []
    for _ in range(2):
        began = time.monotonic()
        with (folder.parent / "log").open("ab") as log:
            running = subprocess.Popen(
                command,
                cwd=folder,
                env=environment(HOME=str(home), PYTHONDONTWRITEBYTECODE=""),
                stdout=log,
                stderr=log,
                start_new_session=True,
                **identity,
            )
        status = {"ok": False}
        while not status["ok"] and time.monotonic() - began < 300 and running.poll() is None:
            time.sleep(0.2)
            if (folder / ".venv" / "bin" / "guiju").exists():
                asked = subprocess.run(
                    [folder / ".venv" / "bin" / "guiju", "status", "--demo", "--format", "json"],
                    cwd=folder,
                    env=environment(HOME=str(home)),
                    capture_output=True,
                    **identity,
                )
                status = json.loads(asked.stdout) if asked.stdout else status
        seconds.append(time.monotonic() - began)
        assert status["ok"], (folder.parent / "log").read_text()[-3000:]
        # Ctrl-C goes to the whole group, as a terminal sends it.
        os.killpg(running.pid, signal.SIGINT)
        assert running.wait(60) in {0, 2, -signal.SIGINT}
    shown = (folder.parent / "log").read_text()
    assert "演示账号" in shown and f"http://127.0.0.1:{port}" in shown and "WARNING" not in shown
    where = folder / ".guiju" / "demo"
    assert (where / "postgres").exists() == bool(account)
    print(f"\nmake run（{account or 'root'}）：第一次 {seconds[0]:.1f} 秒，第二次 {seconds[1]:.1f} 秒")
