"""Where backups lie (备份目标): a folder of another disk or machine; S3 is in target_s3.py.

A target holds files under names of ours. A file is there whole or not at all, and is never changed.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Protocol

from guiju.kernel.errors import Refused, reason_of

_MARK = "这是规矩的备份文件夹"
"""A file of this name says that the folder is the one that was set up: where a disk was mounted
and no longer is, there is an empty folder that takes files just as well."""

_MAKING = ".making-"

LONGEST_WRITING = timedelta(days=2)
"""What is half done for longer was left by a writer that is no more."""


class TargetFault(Refused):
    """The target does not take or give files now; later it may."""


class FileMissing(Refused):
    """A file that should be in the target is not."""

    def __init__(self, name: str) -> None:
        super().__init__("backup_file_missing", f"备份目标里缺少文件 {name}")


@dataclass(frozen=True)
class Item:
    name: str
    size: int


class Target(Protocol):
    """What a backup needs of the place where it lies."""

    def prepare(self) -> None:
        """Set up an empty target; doing it again changes nothing."""

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        """Write a file whole, or raise and leave nothing; what `parts` raises comes through."""

    def get(self, name: str) -> AbstractContextManager[BinaryIO]:
        """Read a file from its beginning; raises `FileMissing`."""

    def list(self, under: str = "") -> Iterator[Item]:
        """All files whose name begins so, by name."""

    def delete(self, names: Iterable[str]) -> None:
        """Remove files; one that is gone already is no error."""

    def tidy(self, *, at: datetime) -> None:
        """Remove what killed writers left half done."""

    def free_bytes(self) -> int | None:
        """How much more it takes, or None where nobody knows."""


class FolderTarget:
    """A folder, best on a disk of another machine."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __str__(self) -> str:
        return str(self.path)

    def prepare(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not (self.path / _MARK).exists() and any(self.path.iterdir()):
                raise Refused("target_not_empty", f"{self.path} 里有别的文件：请用一个空文件夹作备份目标")
            (self.path / _MARK).touch()
        except OSError as failure:
            raise self._fault(failure) from failure

    def put(self, name: str, parts: Iterable[bytes]) -> None:
        self._must_be_there()
        final = self._file(name)
        making = final.with_name(f"{_MAKING}{secrets.token_hex(8)}")
        try:
            final.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(making, "wb", opener=_private) as file:
                for part in parts:
                    file.write(part)
                file.flush()
                os.fsync(file.fileno())
            making.replace(final)
            _keep_names(final.parent)
        except OSError as failure:
            raise self._fault(failure) from failure
        finally:
            with suppress(OSError):
                making.unlink(missing_ok=True)

    def get(self, name: str) -> AbstractContextManager[BinaryIO]:
        self._must_be_there()
        try:
            return self._file(name).open("rb")
        except FileNotFoundError:
            raise FileMissing(name) from None
        except OSError as failure:
            raise self._fault(failure) from failure

    def list(self, under: str = "") -> Iterator[Item]:
        self._must_be_there()
        # Only the folder that may hold such names is walked: the log has thousands of files.
        top = self.path / under.rpartition("/")[0]
        found = []
        try:
            for folder, _, files in os.walk(top, onerror=_unless_gone):
                for path in (Path(folder, name) for name in files if name != _MARK and not name.startswith(_MAKING)):
                    with suppress(FileNotFoundError):
                        found.append(Item(path.relative_to(self.path).as_posix(), path.stat().st_size))
        except OSError as failure:
            raise self._fault(failure) from failure
        yield from sorted((item for item in found if item.name.startswith(under)), key=lambda item: item.name)

    def delete(self, names: Iterable[str]) -> None:
        self._must_be_there()
        try:
            for name in names:
                path = self._file(name)
                path.unlink(missing_ok=True)
                with suppress(OSError):  # Others are still in it.
                    path.parent.rmdir()
        except OSError as failure:
            raise self._fault(failure) from failure

    def tidy(self, *, at: datetime) -> None:
        self._must_be_there()
        before = (at - LONGEST_WRITING).timestamp()
        for left in self.path.rglob(f"{_MAKING}*"):
            with suppress(OSError):
                if left.stat().st_mtime < before:
                    left.unlink()

    def free_bytes(self) -> int | None:
        self._must_be_there()
        try:
            return shutil.disk_usage(self.path).free
        except OSError as failure:
            raise self._fault(failure) from failure

    def _file(self, name: str) -> Path:
        if name.startswith("/") or ".." in name.split("/"):
            raise ValueError(f"not a name in a target: {name}")
        return self.path / name

    def _must_be_there(self) -> None:
        try:
            is_there = (self.path / _MARK).is_file()
        except OSError as failure:
            raise self._fault(failure) from failure
        if not is_there:
            raise TargetFault("target_away", f"备份文件夹 {self.path} 不在或不是原来的那个：请检查磁盘是否已挂载")

    def _fault(self, failure: OSError) -> TargetFault:
        return TargetFault("target_fault", f"备份文件夹 {self.path} 用不了：{reason_of(failure)}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0), 0o600)


def _unless_gone(failure: OSError) -> None:
    if not isinstance(failure, FileNotFoundError):
        raise failure


def _keep_names(folder: Path) -> None:
    """A name outlives a power cut only when its folder was synced; network file systems may not know how."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
