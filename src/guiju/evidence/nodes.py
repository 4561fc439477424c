"""The hashes of the log's trees in their tables, as the kernel's tree reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from struct import Struct
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

from guiju.kernel.evidence.hashes import Digest, sha256, sm3
from guiju.kernel.evidence.tree import Frontier, Tree, leaf_hash

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


def append_leaves(
    connection: psycopg.Connection[Any],
    leaves: Sequence[tuple[UUID | None, str, bytes]],
    tree: Frontier,
    tree_sm3: Frontier,
) -> None:
    """Write leaves (their entry, what is kept of them, themselves) behind those of both trees, which grow by them."""
    first = tree.size
    hashes = [leaf_hash(leaf, tree.digest) for _, _, leaf in leaves]
    others = [leaf_hash(leaf, tree_sm3.digest) for _, _, leaf in leaves]
    rows: list[bytes] = []
    for index, (entry, content, _), one, other in zip(
        range(first, first + len(leaves)), leaves, hashes, others, strict=True
    ):
        text = content.encode()
        begin = _ENTRY(5, 8, index, 16, entry.bytes, len(text)) if entry else _NO_ENTRY(5, 8, index, -1, len(text))
        rows += (begin, text, _size(len(one)), one, _size(len(other)), other)
    _copy(connection, "evidence_leaf (index, entry_id, content, hash, sm3)", rows)
    above = [
        _NODE(4, 2, node.level, 8, node.index, 32) + node.hash + _size(len(twin.hash)) + twin.hash
        for node, twin in zip(tree.grow(hashes), tree_sm3.grow(others), strict=True)
    ]
    if above:
        _copy(connection, "evidence_node (level, index, hash, sm3)", above)


# Rows of COPY in PostgreSQL's binary form: the number of columns, then each value behind its length.
_ENTRY, _NO_ENTRY = Struct(">hiqi16si").pack, Struct(">hiqii").pack
_NODE = Struct(">hihiqi").pack
_size = Struct(">i").pack
_BEGIN, _END = b"PGCOPY\n\xff\r\n\x00" + bytes(8), b"\xff\xff"


def _copy(connection: psycopg.Connection[Any], target: str, rows: Sequence[bytes]) -> None:
    """Thousands of rows at a time cost next to nothing, if nobody converts their values one by one."""
    with psycopg.Cursor(connection) as cursor, cursor.copy(f"COPY {target} FROM STDIN (FORMAT BINARY)") as copy:
        copy.write(b"".join((_BEGIN, *rows, _END)))
