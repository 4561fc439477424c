"""The keyring of this process (密钥环)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import psycopg

from guiju.kernel.crypto.envelope import VALUES, Keyring
from guiju.keys.masters import masters
from guiju.keys.source import KeysOf, TableOfKeys


def keyring() -> Keyring:
    """The keys of this installation; a process without them can neither write nor read what lies sealed."""
    return _ring_of(_known())


def make_keys(entities: Collection[UUID]) -> None:
    """Keys for values, for many companies that were founded together; one alone gets its own with the first value."""
    if len(entities) > 1:
        _table_of(_known()).make(entities, VALUES)


def _known() -> tuple[str, ...]:
    known = masters()
    if not known:
        raise RuntimeError("no keyring: this process was given no key for what lies sealed")
    return known


@lru_cache(maxsize=4)
def _table_of(known: tuple[str, ...]) -> TableOfKeys:
    return TableOfKeys(known[0])


@lru_cache(maxsize=4)
def _ring_of(known: tuple[str, ...]) -> Keyring:
    return Keyring(known, _table_of(known))


def fresh_keyring() -> Keyring:
    """One that remembers nothing: it seals under the keys in force now, not seconds ago."""
    return Keyring(masters(), TableOfKeys(masters()[0]))


def ring_through(known: Sequence[str], connection: psycopg.Connection[Any]) -> Keyring:
    """A keyring that opens only, for a process that reads through a connection of its own role."""
    return Keyring(known, KeysOf(connection))
