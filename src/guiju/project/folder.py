"""The data folder: database, keys and files of one installation (数据文件夹).

instance.json   what it is: format, id, demo or production; by which algorithm what is new is sealed
secrets.json    keys and database passwords, readable by its owner only
lock            held while `guiju up` runs
backup.json     for whom backups are sealed and where they lie; backup-state.json: how they stand
sheets/         sheets of the recovery key that wait to be printed and deleted
run.json        addresses and processes of that run
postgres/       the embedded cluster (elsewhere as root, see guiju.database.embedded)
restoring/      what `guiju backup restore` is making; gone when it is done
files/ static/ log/
"""

from __future__ import annotations

import json
import os
import secrets
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from guiju.database.provision import ROLES
from guiju.database.whole import write_whole
from guiju.kernel.crypto.envelope import Algorithm
from guiju.kernel.errors import Refused, reason_of

FORMAT = 2
OLDEST_FORMAT = 2
"""Folders of the trial had entries without a place in the log."""
Kind = Literal["production", "demo"]
_SECRETS = ("django", "superuser", "records", *ROLES)
"""Django's key, the database passwords, and the key under which earlier versions of records are kept."""

_OURS = frozenset({"files", "log", "static", "lock", "secrets.json", "secrets.json.making", "instance.json.making"})
"""What a start that was killed before its first second may have left; `instance.json` comes last."""


RESTORING = "restoring"
MARKER = "instance.json"


def default_folder(*, demo: bool) -> Path:
    """`.guiju/` in a checkout, the platform's data folder otherwise; the demo has its own."""
    checkout = Path(__file__).resolve().parents[3]
    if (checkout / "pyproject.toml").exists() and (checkout / "src" / "guiju").exists():
        base = checkout / ".guiju"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support" / "guiju"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "guiju"
    return base / ("demo" if demo else "main")


@dataclass(frozen=True)
class DataFolder:
    path: Path
    instance: str
    kind: Kind

    @property
    def is_demo(self) -> bool:
        return self.kind == "demo"

    @property
    def algorithm(self) -> Algorithm:
        """By which algorithm what is new is sealed (加密算法); looked up anew, since it can be changed."""
        name = self._marked().get("algorithm", Algorithm.AES_256_GCM.name)
        try:
            return Algorithm[name]
        except KeyError:
            raise Refused("algorithm_unknown", f"{self.path / MARKER} 里的加密算法“{name}”本程序不认识") from None

    def choose_algorithm(self, algorithm: Algorithm) -> None:
        write_whole(self.path / MARKER, {**self._marked(), "algorithm": algorithm.name})

    def _marked(self) -> dict[str, Any]:
        stored: dict[str, Any] = json.loads((self.path / MARKER).read_text("utf-8"))
        return stored

    @property
    def secrets_file(self) -> Path:
        return self.path / "secrets.json"

    @property
    def secrets(self) -> dict[str, str]:
        stored: dict[str, str] = json.loads(self.secrets_file.read_text("utf-8"))
        return stored

    def write_secrets(self, secrets: dict[str, str]) -> None:
        write_whole(self.secrets_file, secrets)

    @property
    def run(self) -> dict[str, Any] | None:
        """What the running `guiju up` wrote, or None."""
        try:
            stored: dict[str, Any] = json.loads((self.path / "run.json").read_text("utf-8"))
        except (FileNotFoundError, ValueError):
            return None
        return stored

    def write_run(self, run: dict[str, Any]) -> None:
        write_whole(self.path / "run.json", run)

    def forget_run(self) -> None:
        (self.path / "run.json").unlink(missing_ok=True)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder for one process; the system lets go when that process ends, however."""
        import fcntl

        with (self.path / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                run = self.run or {}
                where = f"（进程 {run['pid']}，{run['url']}）" if "pid" in run and "url" in run else ""
                raise Refused("already_running", f"规矩已在数据文件夹 {self.path} 上运行{where}") from None
            yield


def open_folder(path: Path, *, demo: bool | None = None, make: bool = False) -> DataFolder:
    """Open a data folder, or make one where there is nothing yet.

    `demo` says which kind is wanted (None: either). A folder that isn't ours, is newer than this
    program, or is of the other kind is refused: a demo never turns into production.
    """
    marker = path / MARKER
    try:
        if not marker.exists():
            if path.exists() and not path.is_dir():
                raise Refused("not_a_folder", f"{path} 不是文件夹")
            if (path / RESTORING).is_dir():
                raise Refused(
                    "restore_unfinished", f"{path} 里的恢复没有做完：请再运行一次 guiju backup restore，会从头做起"
                )
            if path.exists() and any(entry.name not in _OURS for entry in path.iterdir()):
                raise Refused("not_our_folder", f"{path} 里有别的文件，不是规矩的数据文件夹：请换一个空文件夹")
            if not make:
                raise Refused("no_folder", f"{path} 里还没有规矩的数据：请先运行 guiju up 或 guiju setup")
            return _make_folder(path, "demo" if demo else "production")
        stored = json.loads(marker.read_text("utf-8"))
        kind, instance, written = stored["kind"], stored["id"], int(stored["format"])
    except (ValueError, KeyError, TypeError, UnicodeDecodeError):
        raise Refused("not_our_folder", f"{marker} 不能读懂：这不是规矩的数据文件夹，或文件已损坏") from None
    except PermissionError:
        raise Refused("folder_rights", f"没有读取 {path} 的权限：数据文件夹属于别的用户") from None
    if written > FORMAT:
        raise Refused(
            "newer_folder",
            f"{path} 由更新的版本（{stored.get('version', '未知')}）建立，本程序读不了：请先升级规矩",
        )
    if written < OLDEST_FORMAT:
        raise Refused("older_folder", f"{path} 由试用期的程序建立，日志还没有排位，不能接着用：请换一个空文件夹")
    if demo is not None and demo != (kind == "demo"):
        wanted, found = ("演示", "正式") if demo else ("正式", "演示")
        raise Refused("other_kind", f"{path} 是{found}数据，不能作为{wanted}数据使用：请用另一个 --data 文件夹")
    return DataFolder(path, instance, kind)


def _make_folder(path: Path, kind: Kind) -> DataFolder:
    from guiju import __version__

    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.chmod(0o700)
        for name in ("files", "log", "static"):
            (path / name).mkdir(exist_ok=True)
        write_whole(path / "secrets.json", {name: secrets.token_urlsafe(36) for name in _SECRETS})
        instance = str(uuid.uuid4())
        write_whole(
            path / MARKER,
            {"format": FORMAT, "kind": kind, "id": instance, "version": __version__},
        )
    except OSError as failure:
        raise Refused("folder_rights", f"不能在 {path} 建立数据文件夹：{reason_of(failure)}") from None
    return DataFolder(path, instance, kind)
