"""The hashes of the log's tree in their tables, as the kernel's tree reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg.rows import tuple_row

from guiju.kernel.evidence.hashes import Digest, sha256, sm3
from guiju.kernel.evidence.tree import Tree

_HASH_BYTES = 32


@dataclass(frozen=True)
class KeptNodes:
    """Reads groups of hashes; `column` is `hash` or `sm3`."""

    connection: psycopg.Connection[Any]
    column: str = "hash"

    def read(self, level: int, start: int, count: int) -> list[bytes]:
        table, where = ("evidence_leaf", "") if level == 0 else ("evidence_node", f"level = {int(level)} AND ")
        # One value for the group: 256 rows would cost ten times as much on their way here.
        # A cursor of our own: those of Django's connections can't have binary answers.
        with psycopg.Cursor(self.connection, row_factory=tuple_row) as cursor:
            row = cursor.execute(
                f"SELECT string_agg({self.column}, ''::bytea ORDER BY index) FROM {table}"
                f" WHERE {where}index >= %s AND index < %s",
                [start, start + count],
                binary=True,
            ).fetchone()
        group: bytes = (row and row[0]) or b""
        return [group[at : at + _HASH_BYTES] for at in range(0, len(group), _HASH_BYTES)]


def tree_of(connection: psycopg.Connection[Any], size: int, *, digest: Digest = sha256) -> Tree:
    """The log's tree of so many leaves, over SHA-256 or SM3."""
    return Tree(size, KeptNodes(connection, "sm3" if digest is sm3 else "hash"), digest)


_BEGIN = b"PGCOPY\n\xff\r\n\x00" + bytes(8)
_END = b"\xff\xff"


def _sized(value: bytes | None) -> bytes:
    return b"\xff\xff\xff\xff" if value is None else len(value).to_bytes(4, "big") + value


def copy_rows(connection: psycopg.Connection[Any], target: str, rows: Sequence[Sequence[bytes | None]]) -> None:
    """COPY rows whose values are in PostgreSQL's binary form already: thousands at a time cost next to nothing."""
    width = len(rows[0]).to_bytes(2, "big") if rows else b""
    written = b"".join(width + b"".join(map(_sized, row)) for row in rows)
    with psycopg.Cursor(connection) as cursor, cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(_BEGIN + written + _END)
