"""Files that strangers send: taken to disk while they come in, so many and so large, and the rest read over (上传).

What is too much costs nothing that was sent beside it: the fields of the form are read to the end all the same.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

LARGEST_BODY = 2 * 2**30
"""More than this nobody reads over for the sake of the form around it."""

FORM_BODY = 512 * 2**10
"""A form with ten thousand Chinese letters, each of which takes nine bytes as a browser sends it."""

_MOST_LYING = 2 * 2**30
"""So much lies on the disk of this process at a time."""

LARGER: dict[str, int] = {}
"""Views, by their names, to which strangers may send larger bodies."""


class Why(Enum):
    """Why a file wasn't kept."""

    MANY = "many"
    LARGE = "large"
    FULL = "full"


@dataclass(frozen=True)
class Most:
    """How many files one sending may have, how large one may be, and all together."""

    files: int
    each: int
    together: int


@dataclass(frozen=True)
class Sent:
    """What came with a form: the files that lie on the disk, and the names of those that don't."""

    files: tuple[UploadedFile[Any], ...] = ()
    dropped: tuple[tuple[str, Why], ...] = ()


@contextmanager
def sent_files(request: HttpRequest, most: Most) -> Iterator[Sent]:
    """Read a form with its files, within bounds; they are gone when this ends. Before anything else reads it."""
    if request.content_type != "multipart/form-data":
        yield Sent()
        return
    handler = _Bounded(request, most)
    request.upload_handlers = [handler]
    try:
        files = tuple(one for some in request.FILES.lists() for one in some[1])
        yield Sent(files, tuple(handler.dropped))
    finally:
        handler.release()


class _Room:
    """How much lies on the disk of this process now."""

    def __init__(self) -> None:
        self._lock, self._taken = threading.Lock(), 0

    def take(self, size: int) -> bool:
        with self._lock:
            if self._taken + size > _MOST_LYING:
                return False
            self._taken += size
            return True

    def give_back(self, size: int) -> None:
        with self._lock:
            self._taken -= size


_ROOM = _Room()


class _Bounded(FileUploadHandler):
    """Django's own keep what is small in memory, as much of it as anybody sends."""

    def __init__(self, request: HttpRequest, most: Most) -> None:
        super().__init__(request)
        self.dropped: list[tuple[str, Why]] = []
        self._most, self._kept, self._taken = most, [], 0  # type: tuple[Most, list[TemporaryUploadedFile], int]
        self._spool: TemporaryUploadedFile | None = None

    def new_file(self, *arguments: Any, **named: Any) -> None:
        super().new_file(*arguments, **named)
        if len(self._kept) >= self._most.files:
            raise self._drop(Why.MANY)
        self._spool = TemporaryUploadedFile(self.file_name or "", self.content_type, 0, self.charset)
        self._kept.append(self._spool)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        assert self._spool is not None
        size = len(raw_data)
        if start + size > self._most.each:
            raise self._drop(Why.LARGE)
        if self._taken + size > self._most.together:
            raise self._drop(Why.MANY)
        if not _ROOM.take(size):
            raise self._drop(Why.FULL)
        self._taken += size
        self._spool.write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile[Any] | None:
        spool, self._spool = self._spool, None
        if spool is not None:
            spool.seek(0)
            spool.size = file_size
        return spool

    def release(self) -> None:
        """Nothing of it stays on the disk."""
        for one in self._kept:
            _closed(one)
        _ROOM.give_back(self._taken)
        self._kept, self._taken, self._spool = [], 0, None

    def _drop(self, why: Why) -> SkipFile:
        self.dropped.append((self.file_name or "", why))
        if self._spool is not None:
            size = self._spool.tell()
            self._kept.remove(self._spool)
            _closed(self._spool)
            _ROOM.give_back(size)
            self._taken, self._spool = self._taken - size, None
        return SkipFile()


def _closed(file: TemporaryUploadedFile) -> None:
    if not file.closed:
        file.close()
