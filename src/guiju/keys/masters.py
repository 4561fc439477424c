"""The master keys as this process knows them (主密钥): read again while it runs, since they can be changed."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from pathlib import Path

from django.conf import settings

LOOKS = 5.0
"""Seconds after which every process has seen what changed in the key file."""

MASTER, NEXT, BEFORE = "records", "records_next", "records_before"
"""Under what names the key file holds them: NEXT and BEFORE only while the key is being changed."""


def masters() -> tuple[str, ...]:
    """The master keys: the first wraps, any opens. Empty for a process that was given none."""
    path: Path | None = settings.GUIJU_KEY_FILE
    return _looked_up(path, int(time.monotonic() / LOOKS)) if path else ()


@lru_cache(maxsize=2)
def _looked_up(path: Path, look: int) -> tuple[str, ...]:
    """What the file said at this look; the number is there to look again."""
    return masters_in(path)


def masters_in(path: Path) -> tuple[str, ...]:
    """The master keys as the file says at this moment."""
    kept = json.loads(path.read_text("utf-8"))
    return tuple(kept[name] for name in (MASTER, NEXT, BEFORE) if kept.get(name))
