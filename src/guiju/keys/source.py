"""Where the keyring finds the wrapped keys: in the table, through the connection at hand."""

from __future__ import annotations

import time
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection, connections

from guiju.kernel.crypto.envelope import INDEX, Algorithm, WrappedKey, new_wrapped_key
from guiju.keys.algorithms import chosen

LASTS = 5.0
"""Seconds for which a process may go on sealing under a key that another one has just retired."""

_COLUMNS = "number, entity_id, use, algorithm, wrapped"


def _key(row: tuple[Any, ...]) -> WrappedKey:
    number, entity, use, algorithm, wrapped = row
    return WrappedKey(number, entity, use, Algorithm(algorithm), bytes(wrapped))


def _database() -> str:
    # Not through `connection`, which looks for the one of this thread each time.
    return str(connections.settings["default"]["NAME"])


class TableOfKeys:
    """The keys as the program sees them; a company that has none yet gets its first one here.

    A new key is committed at once, on a connection of its own: were the work taken back for which it was
    made, this process would otherwise go on sealing under a key that no table knows.
    """

    def __init__(self, master: str) -> None:
        self._master = master
        # By the database's name as well: numbers of two databases say nothing of each other.
        self._current: dict[tuple[str, UUID, str], tuple[float, WrappedKey]] = {}
        self._numbered: dict[tuple[str, int], WrappedKey] = {}

    def current(self, entity: UUID, use: str) -> WrappedKey:
        name = _database()
        until, found = self._current.get((name, entity, use), (0.0, None))
        now = time.monotonic()
        if found is not None and now < until:
            return found
        found = self._read_current(entity, use) or self._made(entity, use)
        self._current[name, entity, use] = now + LASTS, found
        self._numbered[name, found.number] = found
        return found

    def numbered(self, number: int) -> WrappedKey | None:
        place = _database(), number
        if place not in self._numbered:
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT {_COLUMNS} FROM keys_datakey WHERE number = %s", [number])
                row = cursor.fetchone()
            if row is None:
                return None
            self._numbered[place] = _key(row)
        return self._numbered[place]

    @staticmethod
    def _read_current(entity: UUID, use: str) -> WrappedKey | None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {_COLUMNS} FROM keys_datakey WHERE entity_id = %s AND use = %s AND retired_at IS NULL",
                [entity, use],
            )
            row = cursor.fetchone()
        return _key(row) if row else None

    def _made(self, entity: UUID, use: str) -> WrappedKey:
        algorithm = chosen()
        wrapped = new_wrapped_key(self._master, entity=entity, use=use, algorithm=algorithm)
        # In Django's own errors: a database that is gone is one, whichever connection meets it.
        with connection.wrap_database_errors, _apart() as other:
            row = other.execute(
                "INSERT INTO keys_datakey (entity_id, use, algorithm, wrapped, made_at)"
                " VALUES (%s, %s, %s, %s, now())"
                " ON CONFLICT (entity_id, use) WHERE retired_at IS NULL DO NOTHING"
                f" RETURNING {_COLUMNS}",
                [entity, use, int(algorithm), wrapped],
            ).fetchone()
            if row is None:
                # Another process was quicker, and has committed: it is there for whoever looks now.
                row = other.execute(
                    f"SELECT {_COLUMNS} FROM keys_datakey WHERE entity_id = %s AND use = %s AND retired_at IS NULL",
                    [entity, use],
                ).fetchone()
        assert row is not None
        return _key(row)


def _apart() -> psycopg.Connection[Any]:
    """A connection beside the one that is in a transaction, as the same role to the same database."""
    known = connection.get_connection_params()
    # What secures the line counts here too: a connection that asks for a certificate has no brother without.
    names = ("host", "port", "dbname", "user", "password", *(name for name in known if name.startswith("ssl")))
    parts = {name: known[name] for name in names if known.get(name)}
    return psycopg.connect(**parts, autocommit=True, connect_timeout=10)


class KeysOf:
    """The keys as another role's connection sees them; makes none."""

    def __init__(self, other: psycopg.Connection[Any]) -> None:
        self._other = other
        self._numbered: dict[int, WrappedKey] = {}
        self._indexes: dict[UUID, WrappedKey] | None = None

    def current(self, entity: UUID, use: str) -> WrappedKey:
        if use != INDEX:
            raise LookupError("this connection reads: nothing is sealed through it")
        if self._indexes is None:
            rows = self._other.execute(
                f"SELECT {_COLUMNS} FROM keys_datakey WHERE use = %s AND retired_at IS NULL", [INDEX]
            )
            self._indexes = {row[1]: _key(row) for row in rows}
        return self._indexes[entity]

    def numbered(self, number: int) -> WrappedKey | None:
        if number not in self._numbered:
            rows = self._other.execute(f"SELECT {_COLUMNS} FROM keys_datakey")
            self._numbered = {row[0]: _key(row) for row in rows}
        return self._numbered.get(number)
