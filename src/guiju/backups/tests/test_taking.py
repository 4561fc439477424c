"""Full backups are whole or not there, and old ones go."""

from __future__ import annotations

import errno
import json
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from guiju.backups.layout import Piece, fulls_of, segment_name, stamp_of
from guiju.backups.restoring import choose
from guiju.backups.taking import forget, newest_moment, take_full
from guiju.backups.target import FileMissing, FolderTarget, TargetFault
from guiju.backups.tests.living import Living, living
from guiju.backups.tests.test_layout import DAY, FULL, LINE
from guiju.kernel.crypto.recovery import new_private_key, recipient_of
from guiju.kernel.crypto.streams import Algorithm, decrypted
from guiju.kernel.errors import Refused


@pytest.fixture(scope="module")
def module_world() -> Iterator[Living]:
    with living() as made:
        made.begin()
        yield made


@pytest.fixture
def world(module_world: Living, tmp_path: Path) -> Living:
    target = FolderTarget(tmp_path / "目标")
    target.prepare()
    made = replace(module_world, target=target)
    target.put(f"{made.line.folder}line.json", [json.dumps({"system": made.line.system, "timeline": 1}).encode()])
    return made


def names(target: FolderTarget) -> list[str]:
    return [item.name.split("/", 2)[2] for item in target.list()]


def test_its_facts_say_what_is_there(world: Living) -> None:
    full = world.take_full()

    assert names(world.target) == [
        f"full/{full.began}/base.tar.gz.sealed",
        f"full/{full.began}/facts.json",
        "line.json",
    ]
    assert choose(world.target).full == full
    (file,) = full.files
    assert (world.target.path / file.name).stat().st_size == file.size
    assert full.server_version >= 180000 and full.cluster_bytes > 10**7
    assert newest_moment(world.target) == full.finished_at


@pytest.mark.parametrize("algorithm", Algorithm)
def test_it_is_sealed_by_either_algorithm_and_for_the_key_of_drills_too(world: Living, algorithm: Algorithm) -> None:
    drills = new_private_key()
    (file,) = world.take_full(algorithm=algorithm, others=[recipient_of(drills)]).files

    for private in (world.private, drills):
        with world.target.get(file.name) as sealed:
            parts = list(decrypted(sealed, private=private, place=file.name.encode()))
        assert parts[0][:2] == b"\x1f\x8b"


@pytest.mark.parametrize("allowed", [0, 100_000])
def test_a_target_that_gives_out_leaves_nothing(world: Living, allowed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    put = FolderTarget.put

    def put_some(target: FolderTarget, name: str, parts: Iterator[bytes]) -> None:
        def until_full() -> Iterator[bytes]:
            given = 0
            for part in parts:
                given += len(part)
                if given > allowed:
                    raise OSError(errno.ENOSPC, "full")
                yield part

        put(target, name, until_full())

    monkeypatch.setattr(FolderTarget, "put", put_some)
    with pytest.raises(TargetFault, match=r"用不了：磁盘已满"):
        world.take_full()
    assert names(world.target) == ["line.json"]
    assert not list(world.target.path.rglob(".making*"))
    assert world.run("SELECT slot_name FROM pg_replication_slots WHERE temporary") == []


def test_a_target_that_is_away_is_told_before_anything_begins(world: Living) -> None:
    shutil.rmtree(world.target.path)
    with pytest.raises(TargetFault, match="不在"):
        world.take_full()


def test_a_line_that_the_target_does_not_know_takes_no_backup(world: Living) -> None:
    world.target.delete([f"{world.line.folder}line.json"])
    with pytest.raises(FileMissing):
        world.take_full()


def test_what_the_server_refuses_is_told_in_one_sentence(world: Living, monkeypatch: pytest.MonkeyPatch) -> None:
    from guiju.backups import taking

    monkeypatch.setattr(
        taking, "conninfo_to_dict", lambda text: {**psycopg.conninfo.conninfo_to_dict(text), "password": "x"}
    )
    with pytest.raises(Refused, match=r"^全量备份没有完成：.*password authentication failed") as refusal:
        world.take_full()
    assert "\n" not in refusal.value.sentence
    assert names(world.target) == ["line.json"]


def test_an_end_of_the_program_ends_it_at_once(world: Living) -> None:
    with pytest.raises(Refused, match="程序正在结束"):
        world.take_full(is_stopped=lambda: True)
    assert names(world.target) == ["line.json"]


def test_another_server_takes_no_backup_into_this_line(world: Living) -> None:
    other = replace(world.line, system="1")
    with pytest.raises(Refused, match="不是这条备份线所属的"):
        take_full(
            world.target,
            other,
            conninfo=world.replicator,
            binaries=world.server.place.binaries,
            recipient=recipient_of(world.private),
            kept={},
        )


def history(target: FolderTarget, days: list[int], *, line: str = LINE.name) -> None:
    """A full backup on each of these days, ten segments of log a day."""
    for day in days:
        at = DAY + timedelta(days=day)
        full = replace(
            FULL,
            line=line,
            began=stamp_of(at),
            finished=stamp_of(at + timedelta(hours=1)),
            wal_from=f"0/{day * 10 + 1:02X}000028",
            wal_to=f"0/{day * 10 + 2:02X}000000",
        )
        target.put(f"{full.folder}base.tar.gz.sealed", [b"x"])
        target.put(full.facts_name, [full.text()])
    for number in range(1, max(days) * 10 + 5):
        moment = DAY + timedelta(days=number / 10)
        target.put(Piece.named(replace(LINE, name=line), segment_name(1, number), 0, 2**24, moment).name, [b"x"])
    target.put(f"lines/{line}/line.json", [b"{}"])


def left(target: FolderTarget) -> tuple[list[int], list[int]]:
    items = [item.name for item in target.list()]
    fulls = [(full.finished_at - DAY).days for full in fulls_of(target, items)]
    return fulls, sorted(int(name.split("/")[3][-2:], 16) for name in items if "/wal/" in name)


def test_what_is_older_than_it_may_be_goes_with_the_log_before_it(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path)
    target.prepare()
    history(target, [0, 3, 6, 9])

    gone = forget(target, keep=timedelta(days=5), at=DAY + timedelta(days=9))

    assert left(target) == ([6, 9], list(range(61, 95)))
    assert gone[0].endswith("facts.json") and gone[1].endswith("facts.json")
    assert forget(target, keep=timedelta(days=5), at=DAY + timedelta(days=9)) == []


def test_the_newest_backup_stays_however_old_it_is(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path)
    target.prepare()
    history(target, [0, 3])

    forget(target, keep=timedelta(days=5), at=DAY + timedelta(days=900))

    assert left(target) == ([3], list(range(31, 35)))


def test_an_earlier_line_goes_when_its_backups_are_old_and_one_in_the_making_stays(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path)
    target.prepare()
    history(target, [0, 3])
    newer, now = "20261201T000000000000Z-123456", datetime(2026, 12, 1, 1, tzinfo=UTC)
    target.put(f"lines/{newer}/line.json", [b"{}"])
    target.put(f"lines/{newer}/full/{stamp_of(now)}/base.tar.gz.sealed", [b"x"])

    forget(target, keep=timedelta(days=5), at=now)
    assert left(target)[0] == [3]
    assert f"lines/{newer}/full/{stamp_of(now)}/base.tar.gz.sealed" in {item.name for item in target.list()}

    history(target, [9], line=newer)
    gone = forget(target, keep=timedelta(days=5), at=now + timedelta(days=4))
    assert left(target)[0] == [9]
    assert {name.split("/")[1] for name in [item.name for item in target.list()]} == {newer}
    assert f"lines/{newer}/full/{stamp_of(now)}/base.tar.gz.sealed" in gone
