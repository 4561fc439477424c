"""Reading in a process of its own: a file that blows up ends that process and not the caller's."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from threading import Thread, Timer
from time import monotonic

MOST_MEMORY = 1536 * 2**20
MOST_SECONDS = 120
_CHUNK = 1 << 18


class Ending(IntEnum):
    """How the process ends."""

    DONE = 0
    PASSWORD = 10
    DAMAGED = 11
    LARGE = 12
    EMPTY = 13
    NO_SHEET = 14


def limit() -> None:
    """Bound this process; where the system knows no such limits, it runs without."""
    try:
        import resource
    except ImportError:
        return
    for kind, most in ((resource.RLIMIT_AS, MOST_MEMORY), (resource.RLIMIT_CPU, MOST_SECONDS)):
        try:
            resource.setrlimit(kind, (most, most))
        except (ValueError, OSError):
            continue


def read_apart(module: str, content: bytes, *arguments: str, seconds: float = MOST_SECONDS) -> tuple[int, list[bytes]]:
    """How the module ended over the content, and all the lines that it wrote."""
    lines = []
    work = lines_apart(module, content, *arguments, seconds=seconds)
    while True:
        try:
            lines.append(next(work))
        except StopIteration as end:
            return int(end.value), lines


def lines_apart(
    module: str, content: bytes, *arguments: str, seconds: float = MOST_SECONDS
) -> Generator[bytes, None, int]:
    """The lines that the module writes over the content, as they come; returns how it ended.

    Whoever leaves early ends the process: by `close()`, or when the last reference goes. Only waiting for
    the process counts against `seconds`, so that a caller may take its time with each line.
    """
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    patience = _Patience(process, seconds)
    # In a thread: a process that writes before it has read everything would else wait for us, and we for it.
    giving = Thread(target=_give, args=(process, content), daemon=True)
    giving.start()
    try:
        unfinished = yield from _lines(process, patience)
        with patience.waiting():
            ending = process.wait()
        if unfinished and ending == Ending.DONE:
            yield unfinished
        return Ending.LARGE if ending != Ending.DONE and patience.left <= 0 else ending
    finally:
        process.kill()
        giving.join()
        process.stdout.close()  # type: ignore[union-attr]
        process.wait()


class _Patience:
    """Ends a process for which one has waited too long altogether."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self._process = process
        self.left = seconds

    @contextmanager
    def waiting(self) -> Iterator[None]:
        alarm = Timer(max(self.left, 0), self._process.kill)
        alarm.daemon = True
        began = monotonic()
        alarm.start()
        try:
            yield
        finally:
            alarm.cancel()
            self.left -= monotonic() - began


def _give(process: subprocess.Popen[bytes], content: bytes) -> None:
    """A process that ended before it had read everything says why by its ending."""
    assert process.stdin
    with suppress(OSError):
        process.stdin.write(content)
    with suppress(OSError):
        process.stdin.close()


def _lines(process: subprocess.Popen[bytes], patience: _Patience) -> Generator[bytes, None, bytes]:
    """Each line that was finished; returns the rest, which a process that was ended has cut off somewhere."""
    assert process.stdout
    begun: list[bytes] = []
    while True:
        with patience.waiting():
            chunk = process.stdout.read1(_CHUNK)  # type: ignore[attr-defined]
        if not chunk:
            return b"".join(begun)
        first, *more = chunk.split(b"\n")
        begun.append(first)
        if more:
            yield b"".join(begun)
            yield from more[:-1]
            begun = [more[-1]]
