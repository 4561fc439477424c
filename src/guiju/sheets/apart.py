"""Reading in a process of its own: a file that blows up ends that process and not the caller's."""

from __future__ import annotations

import subprocess
import sys
from enum import IntEnum

MOST_MEMORY = 1536 * 2**20
MOST_SECONDS = 120


class Ending(IntEnum):
    """How the process ends."""

    DONE = 0
    PASSWORD = 10
    DAMAGED = 11
    LARGE = 12
    EMPTY = 13


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


def read_apart(module: str, content: bytes, *, seconds: float = MOST_SECONDS) -> tuple[int, list[bytes]]:
    """How the module ended over the content, and the lines that it wrote."""
    try:
        done = subprocess.run([sys.executable, "-I", "-m", module], input=content, capture_output=True, timeout=seconds)
    except subprocess.TimeoutExpired:
        return Ending.LARGE, []
    return done.returncode, done.stdout.splitlines()
