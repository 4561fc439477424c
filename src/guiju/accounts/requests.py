"""The log of requests (访问日志, 网络安全法 第二十三条): one line for each, in a file for each day, at least six months.

Kept beside the database, in the data folder: it grows with every page that is opened, and a day
goes as one file. A line names who by id, the page by its path and never by what was asked or typed.
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TextIO

from django.conf import settings
from django.utils import timezone

from guiju.database.embedded import private

KEPT = timedelta(days=200)
"""Half a year, and some weeks for whoever asks at its end."""

PACKED = timedelta(days=2)


@dataclass(frozen=True)
class RequestLine:
    """One request: when (ISO 8601), method and path, the answer's status, milliseconds, from where, as whom."""

    at: str
    method: str
    path: str
    status: int
    milliseconds: int
    address: str | None
    user: str | None
    member: str | None

    @property
    def moment(self) -> datetime:
        return datetime.fromisoformat(self.at)


def folder() -> Path | None:
    """Where the files lie; None outside of an installation."""
    return settings.GUIJU_FOLDER.path / "log" / "requests" if settings.GUIJU_FOLDER else None


def keep(line: RequestLine, *, at: datetime) -> None:
    """Add a line to the day's file. Processes share it: one write at its end never mixes with another's."""
    here = folder()
    if here is None:
        return
    path = here / f"{timezone.localtime(at).date():%Y-%m-%d}.jsonl"
    text = json.dumps(asdict(line), ensure_ascii=False, separators=(",", ":")) + "\n"
    try:
        opened = private(str(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    except FileNotFoundError:
        here.mkdir(parents=True, exist_ok=True, mode=0o700)
        opened = private(str(path), os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(opened, text.encode())
    finally:
        os.close(opened)


def lines_of(day: date) -> Iterator[RequestLine]:
    """What was asked on a day, in order; a line that a full disk cut short is passed over."""
    for path in _files():
        if _day_of(path) == day:
            with _opened(path) as file:
                for text in file:
                    try:
                        yield RequestLine(**json.loads(text))
                    except (ValueError, TypeError):
                        continue


def tidy(*, today: date) -> tuple[int, int]:
    """Pack the files of earlier days and take away those whose time is over; returns how many of each."""
    packed = gone = 0
    for path in _files():
        day = _day_of(path)
        if day is None:
            continue
        if day < today - KEPT:
            path.unlink()
            gone += 1
        elif day <= today - PACKED and path.suffix == ".jsonl":
            _pack(path)
            packed += 1
    return packed, gone


def _pack(path: Path) -> None:
    """Whole or not at all: the file itself goes only when the packed one has its name."""
    making, target = path.with_name(f"{path.name}.making"), path.with_name(f"{path.name}.gz")
    with path.open("rb") as whole, open(making, "wb", opener=private) as out, gzip.open(out, "wb") as packed:
        shutil.copyfileobj(whole, packed)
    making.rename(target)
    path.unlink()


def _files() -> list[Path]:
    here = folder()
    return sorted(here.iterdir()) if here is not None and here.is_dir() else []


def _day_of(path: Path) -> date | None:
    if not path.name.endswith((".jsonl", ".jsonl.gz")):
        return None
    try:
        return date.fromisoformat(path.name[:10])
    except ValueError:
        return None


def _opened(path: Path) -> TextIO:
    return gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8")
