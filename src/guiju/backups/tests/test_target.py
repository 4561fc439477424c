"""A folder and a bucket keep the same promises."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from guiju.backups import target_s3
from guiju.backups.target import FileMissing, FolderTarget, Target, TargetFault
from guiju.backups.target_s3 import Bucket, S3Target
from guiju.kernel.errors import Refused


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """A server that speaks S3, in this process."""
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def bucket(endpoint: str, **others: object) -> Bucket:
    return Bucket(
        **{
            "name": "backups",
            "prefix": "规矩/",
            "endpoint": endpoint,
            "region": "us-east-1",
            "key": "key",
            "secret": "secret",
            "by_path": True,
            **others,
        }
    )


@pytest.fixture(params=["folder", "bucket"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Target]:
    if request.param == "folder":
        made: Target = FolderTarget(tmp_path / "目标")
    else:
        made = S3Target(bucket(request.getfixturevalue("endpoint")))
        made._client.create_bucket(Bucket="backups")
    made.prepare()
    yield made
    made.delete([item.name for item in made.list()])


def content(target: Target, name: str) -> bytes:
    with target.get(name) as file:
        return file.read()


def test_what_was_put_is_got_listed_and_deleted(target: Target) -> None:
    target.put("a/一", [b"12", b"3"])
    target.put("a/b/2", [])
    target.put("c", [b"x"])
    target.prepare()

    assert content(target, "a/一") == b"123"
    assert [(item.name, item.size) for item in target.list()] == [("a/b/2", 0), ("a/一", 3), ("c", 1)]
    assert [item.name for item in target.list("a/b")] == ["a/b/2"]
    assert [item.name for item in target.list("a/一")] == ["a/一"]
    assert list(target.list("nothing/")) == []
    target.delete(["a/b/2", "a/never"])
    assert [item.name for item in target.list("a/")] == ["a/一"]
    with pytest.raises(FileMissing, match="缺少文件 a/b/2"):
        content(target, "a/b/2")
    with target.get("a/一") as file:
        assert (file.read(2), file.read(2), file.read(2)) == (b"12", b"3", b"")


def test_a_file_that_breaks_off_leaves_nothing(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_s3, "_FIRST_PART", 5 * 2**20)

    def broken(megabytes: int) -> Iterator[bytes]:
        for _ in range(megabytes):
            yield bytes(2**20)
        raise Refused("broken", "断了")

    for megabytes in (0, 1, 12):
        with pytest.raises(Refused, match="断了"):
            target.put("broken", broken(megabytes))
    assert list(target.list()) == []
    if isinstance(target, FolderTarget):
        assert len(list(target.path.rglob("*"))) == 1
    else:
        assert not target._client.list_multipart_uploads(Bucket="backups").get("Uploads")


def test_a_file_of_many_parts_comes_back_whole(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_s3, "_FIRST_PART", 5 * 2**20)
    parts = [os.urandom(2**20 + 7) for _ in range(13)]

    target.put("large", iter(parts))

    assert content(target, "large") == b"".join(parts)


def test_more_files_than_a_page_are_all_listed(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(target, S3Target):
        ask = target._ask
        monkeypatch.setattr(
            target, "_ask", lambda call, **given: ask(call, **given, **({"MaxKeys": 3} if "Prefix" in given else {}))
        )
    names = [f"n/{number:02}" for number in range(10)]
    for name in names:
        target.put(name, [b"x"])

    assert [item.name for item in target.list("n/")] == names


def test_parts_grow_so_that_ten_thousand_hold_terabytes() -> None:
    sizes = [target_s3._FIRST_PART << number // 1000 for number in range(10_000)]

    assert sum(sizes) > 8 * 10**12
    assert max(sizes) < 5 * 2**30


def test_half_done_uploads_of_a_killed_writer_are_removed(endpoint: str) -> None:
    made = S3Target(bucket(endpoint, name="half"))
    made._client.create_bucket(Bucket="half")
    made._client.create_multipart_upload(Bucket="half", Key="规矩/left")

    # This server says of every upload that it was begun in 2010.
    made.tidy(at=datetime(2010, 11, 11, tzinfo=UTC))
    assert len(made._client.list_multipart_uploads(Bucket="half")["Uploads"]) == 1
    made.tidy(at=datetime(2010, 11, 13, tzinfo=UTC))
    assert not made._client.list_multipart_uploads(Bucket="half").get("Uploads")


def test_half_done_files_of_a_killed_writer_are_removed(tmp_path: Path) -> None:
    made = FolderTarget(tmp_path / "a")
    made.prepare()
    made.put("b/c", [b"x"])
    (made.path / "b" / ".making-123").write_bytes(b"half")

    assert [item.name for item in made.list()] == ["b/c"]
    made.tidy(at=datetime.now(UTC))
    assert (made.path / "b" / ".making-123").exists()
    made.tidy(at=datetime.now(UTC) + timedelta(days=3))
    assert not (made.path / "b" / ".making-123").exists()


def test_a_bucket_that_is_not_there_or_not_ours_is_told(endpoint: str) -> None:
    with pytest.raises(TargetFault, match="备份存储桶 nowhere 用不了：没有这个存储桶"):
        S3Target(bucket(endpoint, name="nowhere")).prepare()


def test_a_bucket_that_does_not_answer_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(target_s3, "_READ_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        made = S3Target(bucket(f"http://127.0.0.1:{silent.getsockname()[1]}"))
        began = time.monotonic()
        with pytest.raises(TargetFault, match="没有按时应答"):
            made.prepare()
        assert time.monotonic() - began < 10
        port = silent.getsockname()[1]
    with pytest.raises(TargetFault, match="连不上"):
        S3Target(bucket(f"http://127.0.0.1:{port}")).put("a", [b"x"])


def test_a_folder_whose_disk_is_not_mounted_takes_nothing(tmp_path: Path) -> None:
    made = FolderTarget(tmp_path / "mnt")
    made.prepare()
    made.put("a", [b"x"])
    shutil.rmtree(made.path)
    made.path.mkdir()

    for use in (lambda: made.put("b", [b"x"]), lambda: list(made.list()), made.free_bytes, lambda: made.delete(["a"])):
        with pytest.raises(TargetFault, match="不在或不是原来的那个：请检查磁盘是否已挂载"):
            use()
    assert list(made.path.iterdir()) == []


def test_a_folder_with_other_files_in_it_is_refused(tmp_path: Path) -> None:
    (tmp_path / "照片.jpg").touch()

    with pytest.raises(Refused, match="里有别的文件"):
        FolderTarget(tmp_path).prepare()


def test_a_full_disk_is_told_and_leaves_nothing_half_done(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", tmp_path]).returncode:
        pytest.skip("can't mount")
    try:
        made = FolderTarget(tmp_path)
        made.prepare()
        made.put("small", [bytes(1000)])
        with pytest.raises(TargetFault, match="用不了：磁盘已满"):
            made.put("sub/large", (bytes(2**20) for _ in range(5)))
        assert [item.name for item in made.list()] == ["small"]
        assert (made.free_bytes() or 0) > 1_500_000
        made.put("sub/again", [bytes(2**20)])
    finally:
        subprocess.run(["umount", tmp_path], check=True)


@pytest.mark.parametrize("name", ["/etc/passwd", "../a", "a/../../b"])
def test_names_do_not_leave_the_folder(tmp_path: Path, name: str) -> None:
    made = FolderTarget(tmp_path)
    made.prepare()

    with pytest.raises(ValueError, match="not a name"):
        made.put(name, [b"x"])
