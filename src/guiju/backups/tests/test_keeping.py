"""All day long: begins by itself, goes on after troubles, and shows how it stands."""

from __future__ import annotations

import errno
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import psycopg
import pytest

from guiju.backups import keeping
from guiju.backups.drill import drill
from guiju.backups.keeping import Keeper, Settings
from guiju.backups.layout import lines_of
from guiju.backups.restoring import choose, unlock
from guiju.backups.tables import mark
from guiju.backups.tests.living import Living, Refusing, living, until
from guiju.kernel.crypto.recovery import new_private_key, recipient_of
from guiju.kernel.errors import Refused

DRILLS = new_private_key()


@pytest.fixture(scope="module")
def shared() -> Iterator[Living]:
    with living() as made:
        yield made


@pytest.fixture
def world(shared: Living, monkeypatch: pytest.MonkeyPatch) -> Living:
    monkeypatch.setattr(keeping, "_PAUSE", 0.1)
    monkeypatch.setattr(keeping, "_AGAIN_SECONDS", 0.5)
    made = shared.afresh()
    made.target = Refusing(made.target)
    return made


@contextmanager
def kept(
    world: Living, line: str | None = None, files: dict[str, bytes] | None = None, **others: object
) -> Iterator[Keeper]:
    settings = Settings(
        target=world.target,
        conninfo=world.replicator,
        binaries=world.server.place.binaries,
        recipient=recipient_of(world.private),
        others=(recipient_of(DRILLS),),
        kept=lambda: {"secrets.json": json.dumps(world.folder.secrets).encode(), **(files or {})},
        rhythm=0.2,
        **others,
    )
    keeper, stop = Keeper(settings, line=line), threading.Event()
    thread = threading.Thread(target=keeper.run, args=[stop])
    thread.start()
    try:
        yield keeper
    finally:
        stop.set()
        thread.join(60)
    assert not thread.is_alive()


def reached(keeper: Keeper, moment) -> None:
    until(lambda: keeper.state.newest_full is not None and (keeper.state.progress.moment or moment) > moment, 60)


def test_it_begins_with_nothing_and_goes_on_where_it_was(world: Living) -> None:
    with kept(world) as keeper:
        reached(keeper, world.write("一"))
        first = keeper.state
    with kept(world, line=first.line) as keeper:
        reached(keeper, world.write("二"))
        assert keeper.state.line == first.line
        assert keeper.state.newest_full == first.newest_full
    with kept(world, line=first.line, every=timedelta(seconds=0)) as keeper:
        until(lambda: keeper.state.newest_full not in {None, first.newest_full}, 60)

    assert world.restored_texts() == ["一", "二"]


def test_a_key_that_is_made_later_comes_with_a_full_backup_of_its_own(world: Living) -> None:
    files: dict[str, bytes] = {}
    with kept(world, files=files) as keeper:
        reached(keeper, world.write("一"))
        first = keeper.state.newest_full
        # A checkpoint moves every two seconds, and is no reason.
        files["keys/newest.checkpoint"] = b"12"
        time.sleep(7)
        assert keeper.state.newest_full == first
        files["keys/log.key"] = b"key"
        until(lambda: keeper.state.newest_full not in {None, first}, 60)
        assert len(keeper.state.fulls) == 2

    kept_now = unlock(choose(world.target).full, world.sheets[:2]).kept
    assert kept_now["keys/log.key"] == b"key"


def test_a_target_that_was_away_at_first_is_used_when_it_comes(world: Living) -> None:
    world.target.fault = OSError(errno.ENOTDIR, "away")
    with kept(world) as keeper:
        until(lambda: keeper.state.trouble is not None)
        assert keeper.state.trouble == "备份文件夹 /目标 用不了：路径里有一段不是文件夹"
        world.target.fault = None
        reached(keeper, world.write("一"))
        assert keeper.state.trouble is None

    assert world.restored_texts() == ["一"]


def test_log_that_was_lost_is_made_up_for_by_a_full_backup(world: Living) -> None:
    with kept(world) as keeper:
        reached(keeper, world.write("一"))
        first = keeper.state
    with psycopg.connect(world.database.conninfo("superuser"), autocommit=True) as admin:
        admin.execute("SELECT pg_drop_replication_slot('guiju_backup')")
    world.write("二")
    world.run("SELECT pg_switch_wal()")
    world.run("CHECKPOINT")
    with kept(world, line=first.line) as keeper:
        until(lambda: keeper.state.newest_full not in {None, first.newest_full}, 60)
        reached(keeper, world.write("三"))

    assert choose(world.target).full == keeper.state.newest_full
    assert world.restored_texts() == ["一", "二", "三"]


def test_a_restored_server_begins_a_line_of_its_own(world: Living) -> None:
    with kept(world) as keeper:
        reached(keeper, world.write("一"))
        first = keeper.state.line
    world.lose()
    world.restore(world.server.place)
    world.server.start()
    with kept(world, line=first) as keeper:
        reached(keeper, world.write("二"))
        assert keeper.state.line != first

    assert lines_of(world.target) == [first, keeper.state.line]
    assert world.restored_texts() == ["一", "二"]


def test_a_drill_restores_this_moment_and_finds_every_row(world: Living) -> None:
    def drilled(keeper: Keeper):
        return drill(
            world.target,
            administrator=world.database.conninfo("superuser"),
            database="guiju",
            private=DRILLS,
            superuser_password=world.folder.secrets["superuser"],
            beside=world.server.place,
            stored=lambda: keeper.state.progress.stored,
        )

    world.run("CREATE TABLE others (at timestamptz DEFAULT now(), n numeric, content bytea)")
    world.run("INSERT INTO others (n, content) SELECT n / 7.0, sha256(n::text::bytea) FROM generate_series(1, 1000) n")
    stop = threading.Event()

    def write_on() -> None:
        while not stop.is_set():
            world.write("其间")
            world.run("UPDATE others SET n = n + 1 WHERE n < 3")

    with kept(world) as keeper:
        reached(keeper, world.write("一"))
        marked = mark(world.database.conninfo("superuser"), "quiet")
        assert world.run("SELECT pg_current_wal_flush_lsn() - '0/0'")[0][0] >= marked.lsn
        writer = threading.Thread(target=write_on)
        writer.start()
        try:
            found = drilled(keeper)
        finally:
            stop.set()
            writer.join()
        assert found.passed and found.tables == 2 and found.rows > 1000
        assert found.restored.tables["public.others"].rows == 1000

        with psycopg.connect(world.database.conninfo("superuser")) as busy:
            busy.execute("LOCK TABLE notes IN ROW EXCLUSIVE MODE")
            with pytest.raises(Refused, match="数据库正忙"):
                drilled(keeper)
    here = world.server.place
    assert [path.name for path in here.cluster.parent.iterdir() if path.name.startswith("drill-")] == []
    assert [path.name for path in here.run.iterdir() if path.is_dir()] == []
