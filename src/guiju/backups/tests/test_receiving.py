"""The log reaches the target piece by piece, through deaths of receiver, server and target."""

from __future__ import annotations

import errno
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from guiju.backups import receiving
from guiju.backups.layout import SEGMENT_BYTES, pieces_of
from guiju.backups.receiving import LogLost
from guiju.backups.replication import Replication
from guiju.backups.restoring import choose
from guiju.backups.taking import needs_full, newest_moment
from guiju.backups.tests.living import SLOT, Living, Refusing, living, until


@pytest.fixture(scope="module")
def shared() -> Iterator[Living]:
    with living() as made:
        yield made


@pytest.fixture
def world(shared: Living) -> Living:
    made = shared.afresh()
    made.begin()
    return made


def fill(world: Living, megabytes: int) -> None:
    """That much log."""
    world.run(
        "SELECT count(pg_logical_emit_message(true, 'fill', repeat('x', 1048576))) FROM generate_series(1, %s)",
        megabytes,
    )


def test_a_receiver_that_comes_and_goes_leaves_no_gap_and_whole_segments_are_one_file(world: Living) -> None:
    world.take_full()
    for text in "一二三":
        with world.receiving() as receiver:
            world.write(text)
            fill(world, 8)
            world.wait_until_stored(receiver, world.write(text))
    pieces = pieces_of(world.target.list())
    by_segment: dict[str, list] = {}
    for piece in pieces:
        by_segment.setdefault(piece.segment, []).append(piece)

    whole = sorted(by_segment)[:-1]
    assert len(whole) >= 2
    assert all([(piece.start, piece.end) for piece in by_segment[name]] == [(0, SEGMENT_BYTES)] for name in whole)
    assert world.restored_texts() == list("一一二二三三")


def test_many_small_pieces_become_few(world: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_MOST_LOOSE", 4)
    world.take_full()
    texts = [str(number) for number in range(14)]
    with world.receiving(rhythm=0.05) as receiver:
        for text in texts:
            world.wait_until_stored(receiver, world.write(text))

    newest = max(piece.segment for piece in pieces_of(world.target.list()))
    assert len([piece for piece in pieces_of(world.target.list()) if piece.segment == newest]) <= 8
    assert world.restored_texts() == texts


def test_while_nothing_is_written_the_newest_moment_goes_on(world: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(receiving, "_BEAT", timedelta(seconds=0.5))
    world.take_full()
    with world.receiving(rhythm=0.1) as receiver:
        last = world.write("最后")
        until(lambda: (newest_moment(world.target) or last) > last + timedelta(seconds=2))
        before = receiver.progress.stored
    # Counted at rest: the new one is put before the old one goes, so there are two for a moment.
    assert len([piece for piece in pieces_of(world.target.list()) if piece.start == piece.end]) <= 1
    with world.receiving(rhythm=0.1) as receiver:
        world.wait_until_stored(receiver, world.write("更后"))
        assert receiver.progress.stored > before

    assert world.restored_texts() == ["最后", "更后"]


def test_a_target_that_is_away_is_waited_for_and_nothing_is_lost(world: Living) -> None:
    world.target = Refusing(world.target)
    world.take_full()
    with world.receiving() as receiver:
        world.write("之前")
        world.target.fault = OSError(errno.ENOSPC, "full")
        fill(world, 40)
        lost = world.write("其间")
        until(lambda: receiver.progress.trouble is not None)
        assert receiver.progress.trouble == "备份文件夹 /目标 用不了：磁盘已满"
        assert receiver.progress.moment is None or receiver.progress.moment < lost
        held = world.run("SELECT pg_current_wal_lsn() - restart_lsn FROM pg_replication_slots")[0][0]
        assert held > 30 * 2**20
        world.target.fault = None
        world.wait_until_stored(receiver, lost)
        assert receiver.progress.trouble is None
    world.target = world.target.inner
    world.run("CHECKPOINT")

    assert world.run("SELECT pg_current_wal_lsn() - restart_lsn FROM pg_replication_slots")[0][0] < 16 * 2**20
    assert world.restored_texts() == ["之前", "其间"]


def test_a_server_that_restarts_is_found_again(world: Living) -> None:
    world.take_full()
    with world.receiving() as receiver:
        world.write("之前")
        began = time.monotonic()
        world.server.stop()
        assert time.monotonic() - began < 10
        until(lambda: receiver.progress.trouble is not None)
        world.server.start()
        world.wait_until_stored(receiver, world.write("之后"))

    assert world.restored_texts() == ["之前", "之后"]


def test_a_target_that_is_away_for_too_long_does_not_fill_the_disk_of_the_server() -> None:
    limit = ("max_slot_wal_keep_size=32MB", "max_wal_size=64MB", "fsync=off")
    with living(settings=limit) as world:
        world.begin()
        world.target = Refusing(world.target)
        world.take_full()
        with pytest.raises(LogLost, match="需要先做一次全量备份"), world.receiving() as receiver:
            world.target.fault = OSError(errno.EHOSTDOWN, "away")
            for _ in range(6):
                fill(world, 30)
                world.run("CHECKPOINT")
            kept = world.run("SELECT sum(size)::bigint FROM pg_ls_waldir()")[0][0]
            print(f"log kept: {kept >> 20} MB")
            assert kept < 200 * 2**20
            world.target.fault = None
            until(lambda: world.run("SELECT wal_status FROM pg_replication_slots") == [("lost",)])
            until(lambda: "需要先做一次全量备份" in (receiver.progress.trouble or ""), 60)
        world.target = world.target.inner
        world.run("SELECT pg_drop_replication_slot(%s)", SLOT)
        with Replication(world.replicator) as server:
            server.make_slot(SLOT)
        start = world.run("SELECT restart_lsn - '0/0' FROM pg_replication_slots")[0][0]

        assert needs_full(world.target, world.line, log_from=int(start))
        world.take_full()
        with world.receiving() as receiver:
            world.wait_until_stored(receiver, world.write("之后"))
        assert not needs_full(world.target, world.line, log_from=int(start))
        assert choose(world.target).stretch.lost is None
        assert world.restored_texts() == ["之后"]


def test_another_history_is_not_mixed_into_a_line(world: Living) -> None:
    world.line = replace(world.line, system="7713382012315125548")
    with pytest.raises(LogLost, match="不是这条备份线所属的"), world.receiving():
        time.sleep(0.5)
