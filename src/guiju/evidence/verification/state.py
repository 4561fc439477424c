"""One state of the database, which several connections may see."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql


@contextmanager
def state(conninfo: str, snapshot: str = "") -> Iterator[tuple[psycopg.Connection[Any], str]]:
    """A transaction that reads one state, and its name for others who want to see the same."""
    with psycopg.connect(conninfo, connect_timeout=10) as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        if snapshot:
            connection.execute(sql.SQL("SET TRANSACTION SNAPSHOT {}").format(sql.Literal(snapshot)))
        else:
            row = connection.execute("SELECT pg_export_snapshot()").fetchone()
            assert row is not None
            snapshot = str(row[0])
        # Nobody's tables of the same names stand before ours.
        connection.execute("SET LOCAL search_path = pg_catalog, public, pg_temp")
        yield connection, snapshot
