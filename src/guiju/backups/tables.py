"""What is in a database, table by table, so that two can be compared."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from guiju.backups.layout import lsn_of
from guiju.kernel.errors import Refused

_ATTEMPTS = 10
_LOCK_TIMEOUT = "500ms"

# Of unlogged tables a backup holds nothing but their names.
_TABLES = """
SELECT format('%I.%I', nspname, relname) FROM pg_class JOIN pg_namespace n ON n.oid = relnamespace
 WHERE relkind = 'r' AND relpersistence = 'p' AND nspname <> 'information_schema' AND nspname NOT LIKE 'pg\\_%'
 ORDER BY 1
"""


@dataclass(frozen=True)
class Table:
    """How many rows, and a digest over all of them that does not depend on their order."""

    rows: int
    digest: str | None = None


@dataclass(frozen=True)
class Mark:
    """A named place in the log, and what the tables are there."""

    name: str
    lsn: int
    tables: dict[str, Table]


def tables_of(asking: psycopg.Connection, *, with_digests: bool) -> dict[str, Table]:
    """Reads every row of every table; the page checksums are checked with it."""
    asking.execute("SET TimeZone = 'UTC'")
    digest = "sum(hashtextextended(t::text, 0)::numeric)::text" if with_digests else "NULL"
    found = {}
    for name in _names(asking):
        row = asking.execute(f"SELECT count(*), {digest} FROM {name} t".encode()).fetchone()
        assert row is not None
        found[name] = Table(*row)
    return found


def mark(conninfo: str, name: str) -> Mark:
    """Name a place in the log of the living database (as its administrator), and digest the tables there.

    For a moment nobody may write: only so is the snapshot exactly what the log says up to there.
    """
    with psycopg.connect(conninfo, connect_timeout=10) as looking, _all_locked(conninfo) as locking:
        looking.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        looking.execute("SELECT 1")
        row = locking.execute("SELECT pg_create_restore_point(%s)::text", [name]).fetchone()
        assert row is not None
        # Naming a place flushes nothing; a commit does, and what it writes comes after that place.
        locking.execute("SELECT pg_logical_emit_message(true, 'guiju', '')")
        locking.commit()
        return Mark(name, lsn_of(row[0]), tables_of(looking, with_digests=True))


@contextmanager
def _all_locked(conninfo: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(conninfo, connect_timeout=10) as locking:
        for _ in range(_ATTEMPTS):
            locking.execute(f"SET LOCAL lock_timeout = '{_LOCK_TIMEOUT}'")
            try:
                if names := _names(locking):
                    locking.execute(f"LOCK TABLE {', '.join(names)} IN SHARE MODE".encode())
            except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
                locking.rollback()
                continue
            yield locking
            return
    raise Refused("database_busy", "数据库正忙，演练没有开始：请稍后再试")


def _names(asking: psycopg.Connection) -> list[str]:
    return [row[0] for row in asking.execute(_TABLES.encode()).fetchall()]


def differences(living: dict[str, Table], restored: dict[str, Table]) -> list[str]:
    """The tables that are not the same in both."""
    return sorted(name for name in living.keys() | restored.keys() if living.get(name) != restored.get(name))
