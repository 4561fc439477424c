"""The keyring of this process (密钥环)."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg

from guiju.kernel.crypto.envelope import Keyring
from guiju.keys.masters import masters
from guiju.keys.source import KeysOf, TableOfKeys


def keyring() -> Keyring:
    """The keys of this installation; a process without them can neither write nor read what lies sealed."""
    known = masters()
    if not known:
        raise RuntimeError("no keyring: this process was given no key for what lies sealed")
    return _ring_of(known)


@lru_cache(maxsize=4)
def _ring_of(known: tuple[str, ...]) -> Keyring:
    return Keyring(known, TableOfKeys(known[0]))


def fresh_keyring() -> Keyring:
    """One that remembers nothing: it seals under the keys in force now, not seconds ago."""
    return Keyring(masters(), TableOfKeys(masters()[0]))


def ring_through(known: Sequence[str], connection: psycopg.Connection[Any]) -> Keyring:
    """A keyring that opens only, for a process that reads through a connection of its own role."""
    return Keyring(known, KeysOf(connection))
