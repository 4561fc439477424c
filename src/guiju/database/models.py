"""What every table of ours has: an id that we make."""

from __future__ import annotations

import secrets
import time
from threading import Lock
from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models.base import ModelState


class _Clock:
    """Milliseconds since 1970 times 4096, never the same twice in one process."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._last = 0

    def tick(self) -> int:
        with self._lock:
            self._last = max(time.time_ns() * 4096 // 1_000_000, self._last + 1)
            return self._last


_clock = _Clock()


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562): milliseconds since 1970, then a counter and random bits.

    Within one process the ids rise strictly, so rows made together keep their order.
    """
    ticks = _clock.tick()
    value = (ticks >> 12) << 80 | 0x7 << 76 | (ticks & 0xFFF) << 64 | 0b10 << 62 | secrets.randbits(62)
    return UUID(int=value)


R = TypeVar("R", bound=models.Model)


def another(row: R, **columns: Any) -> R:
    """A new row like `row`, which was never written, but for these columns.

    Making a row from all its columns takes several times as long, which counts where a file makes a million.
    """
    made = type(row).__new__(type(row))
    made.__dict__.update(row.__dict__, _state=ModelState(), **columns)
    return made


class Row(models.Model):
    """A row with an id of our own making, known before it is written."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)

    class Meta:
        abstract = True
