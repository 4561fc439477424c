"""From a target and two sheets back to what was committed: the newest, or as of a moment."""

from __future__ import annotations

import io
import os
import shutil
import signal
import subprocess
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from guiju.backups.layout import pieces_of
from guiju.backups.restoring import choose, unlock
from guiju.backups.target import FolderTarget
from guiju.backups.tests.living import Living, living, until
from guiju.kernel.crypto.recovery import new_private_key, recipient_of, sheets_of
from guiju.kernel.crypto.shares import printed
from guiju.kernel.crypto.streams import encrypted
from guiju.kernel.errors import Refused


@dataclass
class Backed:
    """A world with two full backups and log behind each, and the moments after each row."""

    world: Living
    moments: dict[str, datetime]
    copies: Path

    def copy(self) -> FolderTarget:
        """The target again, for a test that does it harm."""
        path = self.copies / os.urandom(4).hex()
        shutil.copytree(self.world.target.path, path)
        return FolderTarget(path)


@pytest.fixture(scope="module")
def backed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backed]:
    with living() as world:
        world.begin()
        moments = {}
        with world.receiving() as receiver:
            for text in ("甲", "乙"):
                moments[text] = world.write(text)
            for texts in (("丙", "丁"), ("戊", "己")):
                world.take_full()
                for text in texts:
                    moments[text] = world.write(text)
                    # Each row in a piece of its own, however slow the machine is.
                    world.wait_until_stored(receiver, moments[text])
        yield Backed(world, moments, tmp_path_factory.mktemp("copies"))


def test_full_and_continuous_together_bring_everything_back(backed: Backed) -> None:
    with backed.world.elsewhere() as place:
        said: list[str] = []
        restored = backed.world.restore(place, say=said.append)

        assert restored.tables["public.notes"].rows == 6
        assert restored.last_commit is not None and restored.last_commit <= backed.moments["己"]
        assert restored.plan.moment >= restored.last_commit - timedelta(seconds=1)
        assert len(said) == 2
        assert not (place.cluster / "feed").exists()
        assert [path.name for path in place.cluster.parent.iterdir()] == ["postgres"]


@pytest.mark.parametrize("last", ["丙", "丁", "戊"])
def test_as_of_a_moment_nothing_later_is_there(backed: Backed, last: str) -> None:
    plan = choose(backed.world.target, until=backed.moments[last])

    assert "".join(backed.world.restored_texts(plan)) == "甲乙丙丁戊己".partition(last)[0] + last


def test_a_moment_after_the_last_commit_gives_all_there_is(backed: Backed) -> None:
    plan = choose(backed.world.target, until=backed.moments["己"] + timedelta(milliseconds=1))

    assert backed.world.restored_texts(plan) == list("甲乙丙丁戊己")
    assert plan.moment <= backed.moments["己"] + timedelta(milliseconds=1)


def test_moments_that_no_backup_reaches_are_refused_with_the_one_that_it_does(backed: Backed) -> None:
    with pytest.raises(Refused, match=r"^最早只能恢复到 \d{4}-"):
        choose(backed.world.target, until=backed.moments["甲"])
    with pytest.raises(Refused, match="还没有到"):
        choose(backed.world.target, until=datetime.now(UTC) + timedelta(days=1))


def test_a_target_without_a_backup_is_told(tmp_path: Path) -> None:
    target = FolderTarget(tmp_path / "empty")
    target.prepare()

    with pytest.raises(Refused, match="没有可以恢复的备份"):
        choose(target)


def test_the_sheets_must_be_those_of_this_backup_and_two_of_them(backed: Backed) -> None:
    full = choose(backed.world.target).full
    first, second, third = backed.world.sheets

    assert unlock(full, [third, first]).kept == unlock(full, [second, third]).kept
    for sheets, sentence in (
        ([first], "需要2张"),
        ([first, first], "输入了两次"),
        ([printed(sheet) for sheet in sheets_of(new_private_key())[:2]], "不是这份备份的"),
        ([first, second.replace(second[0], "Z", 1)], "第1组有错"),
    ):
        with pytest.raises(Refused, match=sentence):
            unlock(full, sheets)


def test_nothing_that_is_secret_or_personal_lies_in_the_target_in_the_clear(backed: Backed) -> None:
    everything = b"".join(path.read_bytes() for path in backed.world.target.path.rglob("*") if path.is_file())

    assert b"guiju_replicator" not in everything
    assert not any(secret.encode() in everything for secret in backed.world.folder.secrets.values())
    kept = unlock(choose(backed.world.target).full, backed.world.sheets[:2]).kept
    assert backed.world.folder.secrets["records"].encode() in kept["secrets.json"]


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("which", ["base.tar.gz.sealed", "wal"])
def test_a_damaged_file_is_named_and_nothing_is_left_behind(backed: Backed, which: str) -> None:
    target = backed.copy()
    plan = choose(target)
    name = plan.full.files[0].name if which != "wal" else next(iter(plan.stretch.segments.values()))[-1].name
    flip(target.path / name, -20)

    with backed.world.elsewhere() as place:
        with pytest.raises(Refused, match=f"^备份文件 {name} 已损坏或被改动，不能恢复$"):
            backed.world.restore(place, target=target)
        assert list(place.cluster.parent.iterdir()) == []


def test_what_is_damaged_later_is_not_needed_for_an_earlier_moment(backed: Backed) -> None:
    target = backed.copy()
    last = list(choose(target).stretch.segments.values())[-1][-1]
    flip(target.path / last.name, -20)

    plan = choose(target, until=backed.moments["戊"])

    assert backed.world.restored_texts(plan, target=target) == list("甲乙丙丁戊")


def test_past_a_damaged_full_backup_an_older_one_leads_as_far(backed: Backed) -> None:
    target = backed.copy()
    newest = choose(target).full
    flip(target.path / newest.files[0].name, 5000)

    older = choose(target, passing_over={newest.began})

    assert older.full.began < newest.began
    assert backed.world.restored_texts(older, target=target) == list("甲乙丙丁戊己")


def test_a_missing_file_is_named(backed: Backed) -> None:
    target = backed.copy()
    plan = choose(target)
    first, *_, last = [piece for pieces in plan.stretch.segments.values() for piece in pieces]
    assert first != last

    (target.path / first.name).unlink()
    with pytest.raises(Refused, match=f"缺少文件 {first.name[:-40]}.*最多只能恢复到") as refusal:
        choose(target)
    assert choose(target, until=plan.full.finished_at).full == plan.full
    assert "\n" not in refusal.value.sentence

    (target.path / plan.full.files[0].name).unlink()
    with pytest.raises(Refused, match=f"缺少文件 {plan.full.files[0].name}"):
        choose(target, until=plan.full.finished_at)


def test_a_file_that_vanishes_while_it_is_restored_is_named(backed: Backed) -> None:
    target = backed.copy()
    plan = choose(target)
    name = next(iter(plan.stretch.segments.values()))[0].name
    (target.path / name).unlink()

    with backed.world.elsewhere() as place, pytest.raises(Refused, match=f"缺少文件 {name}"):
        backed.world.restore(place, plan, target=target)


def test_exchanged_pieces_and_altered_facts_are_found(backed: Backed) -> None:
    target = backed.copy()
    plan = choose(target)
    pieces = sorted(pieces_of(target.list()), key=lambda piece: (target.path / piece.name).stat().st_size)
    shutil.copy(target.path / pieces[-1].name, target.path / next(iter(plan.stretch.segments.values()))[0].name)
    with backed.world.elsewhere() as place, pytest.raises(Refused, match="已损坏或被改动"):
        backed.world.restore(place, plan, target=target)

    facts = target.path / plan.full.facts_name
    facts.write_text(facts.read_text().replace('"program": "', '"program": "x'))
    with pytest.raises(Refused, match=f"{plan.full.facts_name} 已损坏"):
        unlock(choose(target).full, backed.world.sheets[:2])
    facts.write_text("{")
    with pytest.raises(Refused, match="读不懂"):
        choose(target)
    facts.write_text('{"format": 99}')
    with pytest.raises(Refused, match="更新的版本"):
        choose(target)


def test_log_that_the_server_cannot_read_is_not_taken_for_its_end(backed: Backed) -> None:
    target = backed.copy()
    older = choose(target, passing_over={choose(target).full.began})
    (piece,), following, *_ = older.stretch.segments.values()
    sealed = encrypted(
        io.BytesIO(zlib.compress(bytes(piece.end - piece.start))),
        recipients=[recipient_of(backed.world.private)],
        place=piece.name.encode(),
    )
    target.put(piece.name, sealed)

    with backed.world.elsewhere() as place, pytest.raises(Refused, match=f"日志段 {following[0].segment} 之前有读不懂"):
        backed.world.restore(place, older, target=target)


def test_a_place_that_holds_a_cluster_is_left_alone(backed: Backed) -> None:
    with pytest.raises(Refused, match="里已有数据库"):
        backed.world.restore(backed.world.server.place)
    assert backed.world.texts() == list("甲乙丙丁戊己")


def test_a_disk_without_room_is_told_in_one_sentence_and_left_clean(backed: Backed, monkeypatch) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    plan = choose(backed.world.target)
    with backed.world.elsewhere() as place:
        home = place.cluster.parent / "small"
        home.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", home]).returncode:
            pytest.skip("can't mount")
        try:
            shutil.chown(home, place.account)
            small = replace(place, cluster=home / "postgres")
            with pytest.raises(Refused, match="磁盘空间不足：恢复需要约"):
                backed.world.restore(small, plan)
            tiny = replace(plan, full=replace(plan.full, cluster_bytes=-10 * 2**30))
            unlocked = unlock(plan.full, backed.world.sheets[:2])
            from guiju.backups import restoring

            with pytest.raises(Refused, match=r"恢复没有完成：.*磁盘已满"):
                restoring.restore(
                    backed.world.target, tiny, unlocked, place=small, superuser_password="", database="guiju"
                )
            assert list(home.iterdir()) == []
        finally:
            subprocess.run(["umount", home], check=True)


def write_for(world: Living, seconds: float) -> tuple[int, datetime]:
    """Commit as fast as it goes."""
    with psycopg.connect(world.database.conninfo("superuser"), autocommit=True) as admin:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            row = admin.execute(
                "INSERT INTO notes (text) VALUES (clock_timestamp()::text) RETURNING id, text"
            ).fetchone()
            time.sleep(0.005)
    assert row is not None
    return row[0], datetime.fromisoformat(row[1])


def test_after_kill_9_and_loss_of_the_cluster_nothing_that_had_come_is_lost() -> None:
    """The server and its disk are gone, the receiver lives."""
    with living() as world:
        world.begin()
        with world.receiving(rhythm=2.0) as receiver:
            world.take_full()
            last_id, last = write_for(world, 3)
            assert world.server.process is not None
            os.kill(world.server.process.pid, signal.SIGKILL)
            world.server.process.wait()
            until(lambda: receiver.progress.trouble is not None)
        time.sleep(0.5)
        shutil.rmtree(world.server.place.cluster)

        world.restore(world.server.place)
        world.server.start()
        newest = datetime.fromisoformat(world.run("SELECT max(text) FROM notes")[0][0])
        print(f"lost {last_id - len(world.texts())} commits, {(last - newest).total_seconds():.3f} s")
        assert last - newest < timedelta(seconds=0.5)


def test_when_everything_dies_at_once_the_rhythm_is_what_is_lost(tmp_path: Path) -> None:
    """What the target held at a moment, whatever came later."""
    with living() as world:
        world.begin()
        with world.receiving(rhythm=2.0) as receiver:
            world.take_full()
            losses = []
            for number in range(2):
                _, last = write_for(world, 2.9)
                copy = FolderTarget(tmp_path / str(number))
                shutil.copytree(world.target.path, copy.path, ignore=shutil.ignore_patterns(".making-*"))
                newest = datetime.fromisoformat(max(world.restored_texts(target=copy)))
                losses.append((last - newest).total_seconds())
            assert receiver.progress.trouble is None
        print(f"lost {losses} s")
        assert max(losses) < 3.0
