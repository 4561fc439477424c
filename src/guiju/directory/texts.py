"""How groups are written: by a provider as names, by a directory as distinguished names (RFC 4514)."""

from __future__ import annotations

import re

_COMMA = re.compile(r"\s*,\s*")


def is_dn(group: str) -> bool:
    """Whether it is the whole name of a directory's group; a provider's group is a plain name."""
    return "=" in group and "," in group


def plain_dn(group: str) -> str:
    """In small letters and without spaces around its commas, as two spellings of one name compare."""
    return _COMMA.sub(",", group.strip().casefold())


def plain_group(group: str) -> str:
    """As groups are kept and compared."""
    text = " ".join(group.split())
    return plain_dn(text) if is_dn(text) else text
