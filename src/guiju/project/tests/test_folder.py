"""The data folder: ours or not, of which version, of which kind (数据文件夹)."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from guiju.kernel.errors import Refused
from guiju.project.folder import open_folder


def test_a_new_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "数据 文件夹", demo=True, make=True)
    assert folder.is_demo
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder.path / "secrets.json").stat().st_mode) == 0o600
    assert open_folder(folder.path) == folder


def test_a_folder_with_other_files_is_left_alone(tmp_path: Path) -> None:
    tmp_path.joinpath("照片.jpg").touch()
    with pytest.raises(Refused, match="里有别的文件"):
        open_folder(tmp_path, make=True)
    assert [path.name for path in tmp_path.iterdir()] == ["照片.jpg"]


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(Refused, match="不是文件夹"):
        open_folder(file, make=True)


def test_nothing_is_made_unasked(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="请先运行"):
        open_folder(tmp_path / "none")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "不能读懂"),
        ('{"kind": "demo"}', "不能读懂"),
        ('{"kind": "demo", "id": "x", "format": 1}', "试用期的程序建立"),
        ('{"kind": "demo", "id": "x", "format": 99, "version": "9.1"}', r"更新的版本（9\.1）"),
    ],
)
def test_a_damaged_or_newer_folder_is_refused(tmp_path: Path, content: str, words: str) -> None:
    tmp_path.joinpath("instance.json").write_text(content)
    with pytest.raises(Refused, match=words):
        open_folder(tmp_path)


def test_a_demo_never_becomes_production_nor_the_reverse(tmp_path: Path) -> None:
    demo = open_folder(tmp_path / "demo", demo=True, make=True)
    real = open_folder(tmp_path / "real", demo=False, make=True)
    with pytest.raises(Refused, match="演示"):
        open_folder(demo.path, demo=False)
    with pytest.raises(Refused, match="正式"):
        open_folder(real.path, demo=True)


def test_a_folder_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "data", make=True)
    folder.write_run({"pid": 4711, "url": "http://127.0.0.1:8000"})
    with folder.locked(), pytest.raises(Refused, match="进程 4711"), folder.locked():
        pass
    with folder.locked():
        pass


def test_a_lock_left_by_a_dead_process_holds_nothing(tmp_path: Path) -> None:
    folder = open_folder(tmp_path / "data", make=True)
    (folder.path / "lock").write_text("4711")
    folder.write_run({"pid": 4711})
    with folder.locked():
        assert folder.run == {"pid": 4711}
    folder.forget_run()
    assert folder.run is None


def test_secrets_differ_between_installations(tmp_path: Path) -> None:
    one, other = (open_folder(tmp_path / name, make=True).secrets for name in ("a", "b"))
    assert not set(one.values()) & set(other.values())
    assert json.loads((tmp_path / "a" / "secrets.json").read_text()) == one


def test_a_folder_of_another_user_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def closed(path: Path) -> bool:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "exists", closed)
    with pytest.raises(Refused, match="属于别的用户"):
        open_folder(tmp_path)


def test_what_a_killed_first_start_left_is_taken_up_again(tmp_path: Path) -> None:
    for name in ("files", "log", "static"):
        (tmp_path / name).mkdir()
    (tmp_path / "secrets.json.making").write_text("{")
    assert open_folder(tmp_path, make=True).secrets["app"]
