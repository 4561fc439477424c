"""Work that a browser does for one sending, and a flood for each of many (工作量证明): no service of others is asked.

The key of the sending and a number whose digest begins with enough zero bits. The same key gives the same case, so a
proof serves once. Whoever brings none is taken in like everybody.
"""

from __future__ import annotations

import hashlib

BITS = 16
"""A fifth of a second of a computer, a second or two of a slow phone."""

PREFIX = "guiju/door/1:"
_LONGEST = 20


def is_worked_for(key: str, proof: str) -> bool:
    """Whether the number was looked for."""
    if not key or not proof.isascii() or not proof.isdigit() or len(proof) > _LONGEST:
        return False
    digest = hashlib.sha256(f"{PREFIX}{key.strip()}:{proof}".encode("utf-8", "surrogatepass")).digest()
    return int.from_bytes(digest) >> (256 - BITS) == 0
