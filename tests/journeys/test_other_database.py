"""`DATABASE_URL` puts another PostgreSQL in the embedded one's place (tried with Debian's)."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from guiju.database.embedded import Place, place_for
from tests.journeys.running import Running, free_ports, guiju

PASSWORD = "correct-horse"


@dataclass(frozen=True)
class OtherServer:
    """A server with a superuser `root` and an administrator `dba` who may make roles and databases."""

    port: int
    version: int

    def url(self, name: str, user: str = "dba") -> str:
        return f"postgresql://{user}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    def make_database(self, name: str, owner: str = "dba") -> str:
        with psycopg.connect(self.url("postgres", "root"), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER {owner}")
        return self.url(name)


@pytest.fixture(scope="module")
def other() -> Iterator[OtherServer]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    if not found:
        pytest.skip("no PostgreSQL of the system's (Debian: apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="guiju-other-"))
    ours = place_for(folder, "00000000other")
    account = ours.account
    place = Place(folder / "cluster", folder, found[-1].parents[1], account, folder / "log")
    if account:
        shutil.chown(folder, account)
    port, _ = free_ports()
    secret = folder / "secret"
    secret.write_text(PASSWORD)
    options = {"cwd": folder, **place.popen_identity}
    initdb = [place.binaries / "bin" / "initdb", "-D", place.cluster, "-U", "root", "-A", "scram-sha-256"]
    subprocess.run(
        [*initdb, f"--pwfile={secret}", "-E", "UTF8", "--locale=C.UTF-8"], check=True, capture_output=True, **options
    )
    server = subprocess.Popen(
        [place.binaries / "bin" / "postgres", "-D", place.cluster, "-h", "127.0.0.1", "-p", str(port), "-k", folder],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )
    running = OtherServer(port, int(found[-1].parts[4]))
    deadline = time.monotonic() + 30
    while True:
        try:
            with psycopg.connect(running.url("postgres", "root"), autocommit=True) as admin:
                admin.execute(f"CREATE ROLE dba LOGIN CREATEROLE CREATEDB PASSWORD '{PASSWORD}'")
            break
        except psycopg.OperationalError:
            assert time.monotonic() < deadline and server.poll() is None
            time.sleep(0.1)
    yield running
    server.terminate()
    server.wait(30)
    for left in (folder, ours.run, *([ours.cluster.parent] if account else [])):
        shutil.rmtree(left, ignore_errors=True)


def test_everything_runs_on_it_for_an_administrator_who_is_no_superuser(other: OtherServer, place: Path) -> None:
    url = other.make_database("crm_demo")
    demo = Running(place / "demo", DATABASE_URL=url)
    demo.start()
    status = demo.status()
    assert status["ok"] and status["database_version"].startswith(f"{other.version}.")
    assert "database" not in status["pids"] and not (demo.folder / "postgres").exists()
    listed = demo.command("company", "list", "--format", "json", GUIJU_TOKEN=demo.token("compliance"))
    assert len(json.loads(listed.stdout)) == 9
    with psycopg.connect(demo.command("db", "url", "--role", "app").stdout.strip()) as app:
        assert app.info.user == "crm_demo_app"
        assert app.execute("SELECT count(*) FROM organisations_member").fetchone() == (0,)
    demo.stop()

    # A second installation on the same database is refused, and so is a demo's database for real use.
    said = guiju("up", "--data", str(place / "second"), "--port=18780", "--public-port=18781", DATABASE_URL=url)
    assert said.returncode == 2 and "属于另一套安装" in said.stderr
    demo.start()
    assert demo.status()["ok"]
    demo.stop()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://dba@127.0.0.1:1/x", "连不上数据库"),
        ("postgresql://dba:wrong@127.0.0.1:{port}/postgres", "连不上数据库"),
        ("postgresql://dba:correct-horse@127.0.0.1:{port}/not_there", "连不上数据库"),
        ("postgresql://dba:correct-horse@127.0.0.1:{port}", "没有写数据库名"),
        ("postgresql://dba:correct-horse@127.0.0.1:{port}/postgres", "不是数据库 postgres 的所有者"),
    ],
)
def test_a_database_that_cannot_be_used_is_told_in_one_sentence(
    other: OtherServer, place: Path, url: str, words: str
) -> None:
    options = ("--data", str(place / "data"), "--port=18782", "--public-port=18783")
    said = guiju("up", *options, DATABASE_URL=url.format(port=other.port))
    assert said.returncode == 2 and words in said.stderr
    assert len(said.stderr.strip().splitlines()) == 1, said.stderr
    assert PASSWORD not in said.stderr and "wrong" not in said.stderr


def test_an_administrator_who_may_not_make_roles_is_told(other: OtherServer, place: Path) -> None:
    with psycopg.connect(other.url("postgres", "root"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE weak LOGIN PASSWORD '{PASSWORD}'")
    other.make_database("weak_db", "weak")
    options = ("--data", str(place / "data"), "--port=18784", "--public-port=18785")
    said = guiju("up", *options, DATABASE_URL=other.url("weak_db", "weak"))
    assert said.returncode == 2 and "CREATEROLE" in said.stderr


def test_a_damaged_url_is_told(place: Path) -> None:
    ports = zip(("--port", "--public-port"), free_ports(), strict=True)
    options = [f"{name}={port}" for name, port in ports]
    said = guiju("up", "--data", str(place / "data"), *options, DATABASE_URL="mysql://x")
    assert said.returncode == 2 and "DATABASE_URL" in said.stderr and "Traceback" not in said.stderr
