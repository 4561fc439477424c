"""One spelling for one value: JSON Canonicalization Scheme (RFC 8785), without fractions.

Numbers other than integers are refused: a decimal is written as a string, so that no two
programs can round it differently.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

_LARGEST = 2**53 - 1


def canonical(value: Any) -> bytes:
    """UTF-8 bytes of a value made of str, int, bool, None, list and dict with str keys."""
    return _ENCODER.encode(_ordered(value)).encode()


def _ordered(value: Any) -> Any:
    if value is None or isinstance(value, (str, bool)):
        return value
    if isinstance(value, int):
        if abs(value) > _LARGEST:
            raise ValueError("integers beyond 2**53 - 1 have no canonical JSON form: write them as text")
        return value
    if isinstance(value, (list, tuple)):
        return [_ordered(item) for item in value]
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in _sorted(value)}
    raise TypeError(f"{type(value).__name__} has no canonical JSON form")


def _sorted(keys: Iterable[str]) -> list[str]:
    """RFC 8785 sorts by UTF-16 code units, which differs from code points above U+FFFF."""
    found = sorted(keys)
    return found if "".join(found).isascii() else sorted(found, key=lambda key: key.encode("utf-16-be"))


_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)


@lru_cache(maxsize=1000)
def _in_utc(moment: datetime) -> str:
    """Remembered, since the rows of a file bear the same few moments."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def plain_value(value: Any) -> Any:
    """A database value as text, integer, boolean or null, the same in every time zone."""
    if value is None or type(value) is str:
        return value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time without its zone can't be committed")
        return _in_utc(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, time):
        return value.strftime("%H:%M:%S.%f")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, Decimal):
        # 1.5 and 1.50 are one value: the column may have more places than what was written.
        return format(value.normalize(), "f")
    return value
