"""`guiju backup restore` from a folder and two sheets, as on an empty machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guiju.kernel.crypto.recovery import new_private_key, sheets_of
from guiju.kernel.crypto.shares import printed
from tests.journeys.burnt import Burnt, burnt, listed, told, until
from tests.journeys.running import GUIJU, Running, environment, guiju


@pytest.fixture(scope="module")
def left() -> Iterator[Burnt]:
    with burnt() as found:
        yield found


@pytest.fixture
def data(left: Burnt, tmp_path: Path) -> Iterator[Path]:
    """An empty machine."""
    left.clear()
    yield tmp_path / "新的 数据"
    left.clear()


def china(moment: datetime) -> str:
    return f"{moment.astimezone(UTC) + timedelta(hours=8):%Y-%m-%d %H:%M:%S.%f}"


def test_the_newest_is_there_again_people_sign_in_and_the_log_is_whole(left: Burnt, data: Path) -> None:
    done = left.restore(data, "--format", "json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["tokens"] >= 1 and said["uncertain"] == 1 and said["replayed"] == {}
    assert not (data / "restoring").exists()

    again = Running(data)
    again.start()
    try:
        page = again.signed_in("system.admin").get("/backups/").text
        assert f"日志 {left.drill['log_size']} 条没有发现改动" in page
        assert "恢复到" in page and "重放了此后" not in page and "1 条待发的通知标为不确定" in page
        assert again.command("evidence", "verify").returncode == 0
        found = told(data, "look", **left.ids)
        assert (found["later"], found["consent"], found["notice"]) == (1, "withdrawn", "uncertain")
        assert (found["token"], found["without_replay"]) == ("ended", "")
        assert "签名密钥" not in (data / "log" / "sequencer.log").read_text()
        shutil.copytree(left.target, left.top / "接着写")
        again.command("backup", "target", str(left.top / "接着写"))
        until(lambda: len({one["finished"] for one in listed(again)["fulls"]}) > 2)
    finally:
        again.stop()


def test_a_drill_verifies_the_log_on_the_restored_server_too(left: Burnt) -> None:
    assert left.drill["passed"] and left.drill["log_size"] > 0 and left.drill["findings"] == 0


def test_out_of_a_bucket_it_is_the_same(left: Burnt, data: Path) -> None:
    with bucket_with(left) as settings:
        done = left.restore(data, "--check", where="s3://away/规矩", **settings)
        assert "数据到" in done.stdout, done.stderr
        assert "没有可以恢复的备份" in refused(left, data, where="s3://away/别的", **settings)
        done = left.restore(data, where="s3://away/规矩", **settings)
    assert done.returncode == 0 and (data / "instance.json").exists(), done.stderr


@contextmanager
def bucket_with(left: Burnt) -> Iterator[dict[str, str]]:
    """The same files in a bucket on loopback, and how one gets there."""
    from moto.server import ThreadedMotoServer

    from guiju.backups.target import FolderTarget
    from guiju.backups.target_s3 import Bucket, S3Target

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    for prefix, items in (("规矩/", FolderTarget(left.target).list()), ("别的/", ())):
        bucket = S3Target(Bucket("away", prefix, endpoint, "us-east-1", "key", "secret", by_path=True))
        if prefix == "规矩/":
            bucket._client.create_bucket(Bucket="away")
        bucket.prepare()
        for item in items:
            bucket.put(item.name, [(left.target / item.name).read_bytes()])
    try:
        yield {
            "GUIJU_S3_ENDPOINT": endpoint,
            "GUIJU_S3_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "key",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "GUIJU_S3_BY_PATH": "1",
        }
    finally:
        server.stop()


def test_as_of_a_moment_what_was_erased_and_withdrawn_after_it_stays_so(left: Burnt, data: Path) -> None:
    done = left.restore(data, "--to", china(left.moment))
    assert done.returncode == 0, done.stderr
    assert "重放了此后的：撤回同意 1 项、销毁 1 项、拒收 1 个" in done.stdout
    assert "1 条待发的通知标为“不确定”" in done.stdout

    again = Running(data)
    again.start()
    try:
        found = told(data, "look", **left.ids)
        assert "13800138123" not in found["kept"] and "13900139123" not in found["kept"]
        assert "恢复测试" in found["kept"] and "已依法删除" in found["kept"]
        assert (found["later"], found["consent"], found["notice"]) == (0, "withdrawn", "uncertain")
        assert found["refusals"] == 1 and found["left_size"] > 0
        assert found["replayed"] == {"archives.disposals": 1, "privacy.refusals": 1, "privacy.withdrawals": 1}
        again.signed_in("sales.food")
        verified = again.command("evidence", "verify")
        assert verified.returncode == 0, verified.stdout
    finally:
        again.stop()


def test_a_check_says_what_would_be_and_touches_nothing(left: Burnt, data: Path) -> None:
    done = left.restore(data, "--check", "--to", china(left.moment))
    assert "数据到　　" in done.stdout and "给出的打得开" in done.stdout and "会重放" in done.stdout
    assert not data.exists() and not left.cluster.exists()
    said = json.loads(left.restore(data, "--check", "--format", "json", GUIJU_SHEETS="").stdout)
    assert said["sheets_fit"] is False and datetime.fromisoformat(said["moment"]) > left.moment


def refused(left: Burnt, data: Path, *options: str, **more: object) -> str:
    done = left.restore(data, *options, **more)
    assert done.returncode == 2, done.stdout
    assert done.stdout == "" and "Traceback" not in done.stderr
    assert not (data / "instance.json").exists() and not (left.cluster / "postgres").exists()
    return str(done.stderr.strip().splitlines()[-1])


def test_what_is_in_the_way_is_told_in_one_sentence_before_anything_is_done(left: Burnt, data: Path) -> None:
    one, two, _ = left.sheets
    wrong = two.replace(two[0], "Z" if two[0] != "Z" else "Y", 1)
    others = [printed(sheet).replace("\n", "-") for sheet in sheets_of(new_private_key())[:2]]
    assert "需要2张" in refused(left, data, GUIJU_SHEETS=one)
    assert "第2张：恢复单的第1组有错" in refused(left, data, GUIJU_SHEETS=f"{one},{wrong}")
    assert "不是这份备份的" in refused(left, data, GUIJU_SHEETS=",".join(others))
    assert "不是同一套" in refused(left, data, GUIJU_SHEETS=f"{one},{others[0]}")
    assert "最早只能恢复到" in refused(left, data, "--to", "2020-01-01 00:00")
    assert "还没有到" in refused(left, data, "--to", "2999-01-01 00:00")
    assert "最新只能恢复到" in refused(left, data, "--to", china(datetime.now(UTC) - timedelta(seconds=1)))
    for nonsense in ("昨天", "2026-11-29", "0001-01-01 00:00", "9999-12-31T23:59+00:00", ""):
        assert "--to" in refused(left, data, "--to", nonsense) or "还没有到" in refused(left, data, "--to", nonsense)
    assert "不在或不是原来的那个" in refused(left, data, where=left.top / "没有")
    assert "没有可以恢复的备份" in refused(left, data, where=empty_target(left))
    assert "--without-replay 只和 --to 一起用" in refused(left, data, "--without-replay", "最新的坏了")
    assert "读不了" in refused(left, data, "--sheets", str(left.top / "没有.txt"))
    data.mkdir()
    (data / "别的.txt").touch()
    assert "里有别的文件" in refused(left, data)


def empty_target(left: Burnt) -> Path:
    from guiju.backups.target import FolderTarget

    FolderTarget(left.top / "空的").prepare()
    return left.top / "空的"


def test_an_installation_that_still_writes_is_found(left: Burnt, data: Path) -> None:
    from guiju.backups.layout import moment_of, pieces_of, stamp_of
    from guiju.backups.target import FolderTarget

    target = FolderTarget(left.copied("还在写"))
    newest = max(pieces_of(target.list()), key=lambda piece: (piece.moment, piece.end))
    now = stamp_of(datetime.now(UTC))
    beat = target.path / newest.name.replace(stamp_of(newest.moment), now)
    beat = beat.with_name(f"{newest.end:08X}-{newest.end:08X}-{now}")
    beat.write_bytes(b"")
    done = guiju("backup", "restore", str(target.path), "--data", str(data), "--check")
    assert done.returncode == 2 and "原来的安装可能还在运行" in done.stderr
    assert moment_of(now) > newest.moment


def test_a_backup_of_another_postgresql_is_refused(left: Burnt, data: Path) -> None:
    target = left.copied("别的版本")
    for facts in target.rglob("facts.json"):
        facts.write_text(facts.read_text().replace('"server_version": 18', '"server_version": 17'))
    assert "备份由 PostgreSQL 17 建立，本程序带的是 18" in refused(left, data, where=target)


def test_a_disk_that_is_too_small_and_a_file_that_is_missing_are_told(left: Burnt, data: Path) -> None:
    target = left.copied("太大")
    for facts in target.rglob("facts.json"):
        facts.write_text(re.sub(r'"cluster_bytes": \d+', f'"cluster_bytes": {2**60}', facts.read_text()))
    assert "磁盘空间不足：恢复需要约" in refused(left, data, where=target)
    newest = max(target.rglob("base.tar.gz.sealed"))
    newest.unlink()
    assert f"缺少文件 {newest.relative_to(target)}" in refused(left, data, where=target)


def test_a_damaged_newest_is_named_and_an_earlier_moment_needs_a_reason(left: Burnt, data: Path) -> None:
    from guiju.backups.restoring import choose
    from guiju.backups.target import FolderTarget

    target = FolderTarget(left.copied("坏了"))
    last = list(choose(target).stretch.segments.values())[-1][-1]
    path = target.path / last.name
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)
    assert f"备份文件 {last.name} 已损坏或被改动" in refused(left, data, where=target.path)
    moment = choose(target).full.finished_at
    said = refused(left, data, "--to", china(moment), where=target.path)
    assert "不能重放" in said and "--without-replay" in said
    assert "4到200个字" in refused(left, data, "--to", china(moment), "--without-replay", "坏", where=target.path)

    done = left.restore(
        data, "--to", china(moment), "--without-replay", "最新的日志损坏，先恢复使用", where=target.path
    )
    assert done.returncode == 0, done.stderr
    assert "没有重放" in done.stdout and (data / "instance.json").exists()


def test_on_a_machine_that_has_the_installation_nothing_is_touched(left: Burnt, data: Path) -> None:
    assert left.restore(data).returncode == 0
    before = sorted(path.name for path in data.iterdir())
    again = left.restore(data)
    assert again.returncode == 2 and "里已有一套安装" in again.stderr
    assert sorted(path.name for path in data.iterdir()) == before
    if os.geteuid() == 0:
        other = left.restore(data.with_name("别处"))
        assert other.returncode == 2 and "这台机器上已有这套安装的数据库" in other.stderr
        assert (left.cluster / "postgres").exists()


KILLED_AFTER = (0.6, 1.2, 2.0, 3.0, 4.5, 6.0) if os.environ.get("GUIJU_PROVE") == "1" else (1.5, 3.5)
"""Seconds, in which it unpacks, replays the log, reads what came later, restores again."""


@pytest.mark.parametrize("seconds", KILLED_AFTER)
def test_killed_in_the_middle_it_starts_nothing_and_begins_anew(left: Burnt, data: Path, seconds: float) -> None:
    words = ["backup", "restore", str(left.target), "--data", str(data), "--old-is-gone", "--to", china(left.moment)]
    process = subprocess.Popen(
        [GUIJU, *words],
        env=environment(GUIJU_SHEETS=",".join(left.sheets[1:])),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    process.wait()
    if (data / "restoring").exists() and not (data / "instance.json").exists():
        up = guiju("up", "--data", str(data), "--port", "1", "--public-port", "2")
        assert up.returncode == 2 and "恢复没有做完：请再运行一次" in up.stderr
    if not (data / "instance.json").exists():
        again = left.restore(data, "--to", china(left.moment))
        assert again.returncode == 0, again.stderr
        assert "销毁 1 项" in again.stdout
    assert not (data / "restoring").exists()
    assert json.loads((data / "instance.json").read_text())["kind"] == "demo"
