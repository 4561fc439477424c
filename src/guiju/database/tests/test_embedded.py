"""The embedded server: where it lies, what stops it, what it finds after a crash."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from guiju.database import embedded
from guiju.database.embedded import EmbeddedServer, place_for
from guiju.database.provision import ROLES, Database, provision
from guiju.kernel.errors import Refused
from guiju.project.folder import open_folder


@pytest.fixture
def fresh() -> Iterator[EmbeddedServer]:
    """A cluster of its own in a folder with mode 0700 whose path has spaces, Chinese and is long."""
    top = Path(tempfile.mkdtemp(prefix="规矩 数据 "))
    folder = open_folder(top / ("很长的路径" * 12) / "data", make=True)
    made = EmbeddedServer(place_for(folder.path, folder.instance), "secret", settings=("fsync=off",))
    yield made
    made.stop(immediately=True)
    shutil.rmtree(made.place.cluster.parent if made.place.account else top, ignore_errors=True)
    shutil.rmtree(made.place.run, ignore_errors=True)
    shutil.rmtree(top, ignore_errors=True)


def test_it_answers_by_password_only_and_on_no_port(fresh: EmbeddedServer) -> None:
    fresh.initialise()
    fresh.start()
    with psycopg.connect(fresh.url()) as admin:
        assert admin.execute("SHOW listen_addresses").fetchone() == ("",)
        assert admin.execute("SHOW wal_level").fetchone() == ("logical",)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(fresh.url(password="wrong"))
    assert len(str(fresh.place.run / ".s.PGSQL.5432")) < 100
    assert stat.S_IMODE(fresh.place.run.stat().st_mode) == 0o700


def test_after_kill_9_a_start_recovers_what_was_committed(fresh: EmbeddedServer) -> None:
    fresh.initialise()
    fresh.start()
    with psycopg.connect(fresh.url(), autocommit=True) as admin:
        admin.execute("CREATE TABLE kept AS SELECT 1 AS n")
    assert fresh.process is not None
    os.kill(fresh.process.pid, signal.SIGKILL)
    fresh.process.wait()
    fresh.start()
    with psycopg.connect(fresh.url()) as admin:
        assert admin.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_server_left_by_a_killed_starter_is_ended_first(fresh: EmbeddedServer) -> None:
    fresh.initialise()
    fresh.start()
    assert fresh.process is not None
    left = fresh.process
    second = EmbeddedServer(fresh.place, "secret")
    second.start()
    assert left.wait(30) is not None
    assert second.answers()
    second.stop()


def test_a_lock_left_by_a_dead_server_holds_nothing(fresh: EmbeddedServer) -> None:
    fresh.initialise()
    pidfile = fresh.place.cluster / "postmaster.pid"
    pidfile.write_text(f"{os.getpid()}\n{fresh.place.cluster}\n")
    if fresh.place.account:
        shutil.chown(pidfile, fresh.place.account)
    fresh.start()
    assert fresh.answers()


def test_a_half_made_cluster_is_made_anew(fresh: EmbeddedServer) -> None:
    making = fresh.place.cluster.with_name("postgres.making")
    making.mkdir()
    (making / "PG_VERSION").write_text("18\n")
    fresh.initialise()
    assert not making.exists()
    fresh.start()
    assert fresh.answers()


def test_a_cluster_of_another_version_is_refused(fresh: EmbeddedServer) -> None:
    fresh.initialise()
    (fresh.place.cluster / "PG_VERSION").write_text("16\n")
    with pytest.raises(Refused, match=r"数据由 PostgreSQL 16 建立，本程序带的是 18"):
        fresh.initialise()


def test_a_disk_without_room_is_told_before_anything_is_written(
    fresh: EmbeddedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedded, "NEEDED_FREE_BYTES", 2**60)
    with pytest.raises(Refused, match="磁盘空间不足"):
        fresh.initialise()
    assert not fresh.place.cluster.exists()


def test_a_folder_that_somebody_else_made_first_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    opened, linked, target = tmp_path / "opened", tmp_path / "linked", tmp_path / "target"
    opened.mkdir()
    opened.chmod(0o777)
    target.mkdir(mode=0o755)
    linked.symlink_to(target)
    for folder in (opened, linked):
        with pytest.raises(Refused, match="属于别的用户或对他人开放"):
            embedded._own_folder(folder, os.getuid())
    assert stat.S_IMODE(target.stat().st_mode) == 0o755


def test_a_log_that_is_a_link_is_not_written(fresh: EmbeddedServer, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.touch()
    fresh.initialise()
    fresh.log.symlink_to(victim)
    with pytest.raises(OSError, match=r"symbolic links"):
        fresh.start()
    assert victim.read_bytes() == b""
    fresh.log.unlink()


def test_values_and_passwords_stay_out_of_the_log(fresh: EmbeddedServer) -> None:
    fresh.initialise()
    fresh.start()
    database = Database("guiju", fresh.url("guiju"), dict.fromkeys(ROLES, "a-password-of-roles"))
    with psycopg.connect(fresh.url(), autocommit=True) as admin:
        admin.execute("ALTER SYSTEM SET log_statement = 'ddl'")
        admin.execute("SELECT pg_reload_conf()")
        admin.execute("CREATE TABLE people (name text UNIQUE)")
        admin.execute("INSERT INTO people VALUES ('王小明13812345678')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            admin.execute("INSERT INTO people VALUES ('王小明13812345678')")
    provision(database, ours=True)
    written = fresh.log.read_text()
    assert "guiju_owner" in written and "duplicate key" in written
    assert "王小明" not in written and "a-password-of-roles" not in written


def test_as_root_a_cluster_of_an_ordinary_user_is_not_passed_over(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("for root only")
    (tmp_path / "postgres").mkdir()
    with pytest.raises(Refused, match="普通用户建立的"):
        place_for(tmp_path, "0" * 32)
