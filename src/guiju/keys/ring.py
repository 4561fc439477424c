"""The keyring of this process (密钥环)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import psycopg
from django.conf import settings

from guiju.kernel.crypto.envelope import Keyring
from guiju.keys.source import KeysOf, TableOfKeys


def keyring() -> Keyring:
    """The keys of this installation; a process without them can neither write nor read what lies sealed."""
    if not settings.GUIJU_MASTER:
        raise RuntimeError("no keyring: this process was given no key for what lies sealed")
    return _ring_of(settings.GUIJU_MASTER)


@lru_cache(maxsize=4)
def _ring_of(master: str) -> Keyring:
    return Keyring(master, TableOfKeys(master))


def ring_through(master: str, connection: psycopg.Connection[Any]) -> Keyring:
    """A keyring that opens only, for a process that reads through a connection of its own role."""
    return Keyring(master, KeysOf(connection))
