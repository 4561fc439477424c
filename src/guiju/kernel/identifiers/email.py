"""E-mail addresses (电子邮箱): check, find and mask (RFC 5321, the shapes that mail servers take)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guiju.kernel.identifiers.found import Found, Invalid

LONGEST = 254
_ADDRESS = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)


def check(text: str) -> str:
    """The address with its domain in small letters; raises `Invalid` with what is wrong."""
    address = text.strip()
    if len(address) > LONGEST or not _ADDRESS.fullmatch(address) or ".." in address:
        raise Invalid("email_shape", f"“{address[:60]}”不是电子邮箱，应像 name@example.com")
    name, domain = address.rsplit("@", 1)
    return f"{name}@{domain.lower()}"


def find(text: str) -> Iterator[Found]:
    for match in _ADDRESS.finditer(text):
        yield Found(match.start(), match.end(), match[0])


def mask(address: str) -> str:
    """First letter and domain: z***@example.com."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}***@{domain}" if domain else "***"
