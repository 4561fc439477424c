"""Many rows in one statement."""

from __future__ import annotations

import struct
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import connection, models
from psycopg import Cursor, abc, sql
from psycopg.adapt import Buffer, Dumper, PyFormat, Transformer
from psycopg.pq import Format


def insert_rows(rows: Sequence[Any], *, of: type[models.Model] | None = None) -> None:
    """Write new rows of one table, as they are; Django's `bulk_create` takes three times as long for it.

    Rows are models, or anything with the attributes of the model `of`: a model takes longer to make than to write.
    """
    if not rows:
        return
    meta = (of or type(rows[0]))._meta
    fields: list[Any] = list(meta.concrete_fields)
    statement = sql.SQL("INSERT INTO {table} ({names}) SELECT * FROM unnest({arrays})").format(
        table=sql.Identifier(meta.db_table),
        names=sql.SQL(", ").join(sql.Identifier(one.column) for one in fields),
        arrays=_arrays(fields),
    )
    _execute(statement, _columns(rows, fields))


class Column(NamedTuple):
    """One column of many rows as the server takes it: an array in binary, and of which type."""

    name: str
    type: str
    array: bytes
    oid: int


class Dumped(NamedTuple):
    """New rows of one table, ready to be sent; goes from one process to another (待写入的行)."""

    table: str
    columns: tuple[Column, ...]


def dump_rows(rows: Sequence[Any], of: type[models.Model], *, without: Collection[str] = ()) -> Dumped:
    """The same rows as for `insert_rows`, turned into what is sent; columns `without` come when they are written."""
    fields: list[Any] = [one for one in of._meta.concrete_fields if one.attname not in without]
    connection.ensure_connection()
    sender = Transformer.from_context(Cursor(connection.connection))
    columns = []
    for field, values in zip(fields, _columns(rows, fields), strict=True):
        columns.append(Column(field.column, field.db_type(connection), *_array(sender, values)))
    return Dumped(of._meta.db_table, tuple(columns))


_TEXT, _TEXTS = 25, 1009


def _array(sender: abc.Transformer, values: list[Any]) -> tuple[bytes, int]:
    """An array in binary, and the type of arrays that it is."""
    if all(one is None for one in values):
        # The driver writes these as text. One dimension, with nulls, of texts, so many, from the first on.
        return struct.pack("!iiIii", 1, 1, _TEXT, len(values), 1) + b"\xff\xff\xff\xff" * len(values), _TEXTS
    dumper = sender.get_dumper(values, PyFormat.BINARY)
    return bytes(dumper.dump(values) or b""), dumper.oid


def insert_dumped(
    rows: Dumped, *, keep: Sequence[bool], more: Mapping[str, tuple[str, Sequence[Any]]] | None = None
) -> None:
    """Write the rows that are kept; `more` are columns that weren't dumped: type, and a value for each row."""
    if not any(keep):
        return
    late = more or {}
    names = [sql.Identifier(name) for name in (*(one.name for one in rows.columns), *late)]
    types = [*(one.type for one in rows.columns), *(kind for kind, _ in late.values()), "boolean"]
    statement = sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {names} FROM unnest({arrays}) AS new ({names}, is_kept) WHERE is_kept"
    ).format(
        table=sql.Identifier(rows.table),
        names=sql.SQL(", ").join(names),
        arrays=sql.SQL(", ").join(sql.SQL("%b::{}[]").format(sql.SQL(one)) for one in types),
    )
    _execute(statement, [*rows.columns, *(list(values) for _, values in late.values()), list(keep)])


class _ColumnDumper(Dumper):
    """Sends a column as it was dumped before."""

    format = Format.BINARY

    def dump(self, obj: Column) -> Buffer:
        return obj.array

    def get_key(self, obj: Column, format: PyFormat) -> Any:
        return self.cls, obj.oid

    def upgrade(self, obj: Column, format: PyFormat) -> Dumper:
        ready = type(self)(self.cls)
        ready.oid = obj.oid
        return ready


def update_rows(rows: Sequence[models.Model], fields: Sequence[str]) -> None:
    """Write these fields of these rows, all of one table, each with a primary key of one column.

    Django's `bulk_update` builds a CASE for each row and field; two columns beside each other say the same
    in a fiftieth of the time.
    """
    if not rows:
        return
    meta = rows[0]._meta
    chosen: list[Any] = [meta.pk, *(meta.get_field(name) for name in fields)]
    names = [sql.Identifier(one.column) for one in chosen]
    statement = sql.SQL(
        "UPDATE {table} AS old SET {changes} FROM unnest({arrays}) AS new ({names}) WHERE {key}"
    ).format(
        table=sql.Identifier(meta.db_table),
        changes=sql.SQL(", ").join(sql.SQL("{0} = new.{0}").format(name) for name in names[1:]),
        arrays=_arrays(chosen),
        names=sql.SQL(", ").join(names),
        key=sql.SQL("old.{0} = new.{0}").format(names[0]),
    )
    _execute(statement, _columns(rows, chosen))


def _execute(statement: sql.Composed, columns: Sequence[Any]) -> None:
    """By the driver's own cursor: Django's writes every value into the text of the statement, which takes the
    program eight times, and the server twice as long as arrays in binary."""
    connection.ensure_connection()
    with connection.wrap_database_errors, Cursor(connection.connection) as cursor:
        cursor.adapters.register_dumper(Column, _ColumnDumper)
        cursor.execute(statement, columns)


def _columns(rows: Sequence[Any], fields: Sequence[Any]) -> list[list[Any]]:
    return [_column([getattr(row, one.attname) for row in rows], one) for one in fields]


_AS_THEY_ARE = (
    models.UUIDField,
    models.ForeignKey,
    models.DateTimeField,
    models.IntegerField,
    models.BooleanField,
    models.BinaryField,
)
"""Kinds of fields whose values the driver takes as they stand in the model; Django's way costs ten times as much."""


def _column(values: list[Any], field: Any) -> list[Any]:
    if type(field) is models.CharField or type(field) is models.TextField:
        # A choice is a text to Django, and to the driver an enumeration.
        return [one if type(one) is str or one is None else str(one) for one in values]
    if isinstance(field, _AS_THEY_ARE):
        return values
    return [field.get_db_prep_save(one, connection) for one in values]


def _arrays(fields: Sequence[Any]) -> sql.Composed:
    return sql.SQL(", ").join(sql.SQL("%b::{}[]").format(sql.SQL(one.db_type(connection))) for one in fields)
