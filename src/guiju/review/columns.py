"""Columns out of what people have: a sheet with its values, a data dictionary, JSON lines, names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

from guiju.kernel.errors import Refused
from guiju.kernel.rules.columns import MOST_VALUES, Column, ColumnVerdict
from guiju.review.texts import Unusable, decoded, json_rows, kind_of

_NAME_TITLES = ("column", "column_name", "字段", "字段名", "字段名称", "列名", "字段代码", "英文名")
_LABEL_TITLES = ("comment", "column_comment", "label", "注释", "说明", "备注", "含义", "字段说明", "中文名", "描述")
_TABLE_TITLES = ("table", "table_name", "表", "表名")


@dataclass(frozen=True)
class Item:
    """One column under review, with its id and its place in the file."""

    id: str | int
    column: Column
    line: int


def answer_of_column(item: Item, verdict: ColumnVerdict) -> dict[str, Any]:
    """The object that commands and API print: names and what they are, no values."""
    return {
        "id": item.id,
        "column": item.column.name,
        "comment": item.column.label,
        "table": item.column.table,
        "category": verdict.category,
        "personal": verdict.personal,
        "sensitive": verdict.sensitive,
        "findings": [vars(finding) for finding in verdict.findings],
        "facts_missing": list(verdict.facts_missing),
    }


def read_columns(name: str, stream: BinaryIO, *, column: str | None = None) -> Iterator[Item | Unusable]:
    """The columns of a file; raises `Refused` when it can't be used.

    A table whose header has a column for names and one for comments is a data dictionary; of any
    other table the header are the names and the cells the values.
    """
    match kind_of(name):
        case "jsonl" | "ndjson" | "json":
            return _json_lines(stream, name, column or "column")
        case "csv" | "tsv" | "xlsx" | "xls" | "ods":
            return _table(name, stream.read(), column)
        case "docx" | "doc":
            raise Refused("file_kind", f"文件“{name}”是 Word 文档：字段请用 csv、xlsx 或 jsonl")
        case _:
            return _names(stream, name)


def _names(stream: BinaryIO, name: str) -> Iterator[Item | Unusable]:
    """One a line; what follows a tab, a comma or a blank is its comment."""
    for number, line in enumerate(decoded(name, stream), 1):
        if words := line.replace("\t", ",").replace("，", ",").strip():
            column, _, label = words.partition(",")
            yield Item(number, Column(column.strip(), label.strip()), number)


def _json_lines(stream: BinaryIO, name: str, key: str) -> Iterator[Item | Unusable]:
    for found in json_rows(decoded(name, stream)):
        if isinstance(found, Unusable):
            yield found
            continue
        number, row = found
        column, label = row.get(key), row.get("comment") or row.get("label") or ""
        values = row.get("values") or []
        if not isinstance(column, str) or not isinstance(label, str) or not (column or label):
            yield Unusable(number, f"第{number}行没有字段名 {key}")
        elif not isinstance(values, list):
            yield Unusable(number, f"第{number}行的 values 应是一列值（[…]）")
        else:
            known = row["id"] if isinstance(row.get("id"), (str, int)) else number
            seen = tuple(str(value) for value in values[:MOST_VALUES] if value is not None)
            yield Item(known, Column(column, label, str(row.get("table") or ""), seen), number)  # type: ignore[arg-type]


def _table(name: str, content: bytes, column: str | None) -> Iterator[Item | Unusable]:
    from guiju.sheets.read import read_table

    lines = read_table(name, content)
    first = next(lines, None)
    titles = [cell.strip() for cell in first.cells] if first else []
    if not any(titles):
        raise Refused("file_empty", f"文件“{name}”没有表头")
    lowered = [title.lower() for title in titles]
    names, labels, tables = (_place(lowered, known) for known in (_NAME_TITLES, _LABEL_TITLES, _TABLE_TITLES))
    if column is not None:
        if column not in titles:
            raise Refused("file_columns", f"文件“{name}”没有“{column}”这一列，表头是：{'、'.join(titles)}")
        names = titles.index(column)
    if names is not None and (labels is not None or column is not None):
        for line in lines:
            cells = [*line.cells, *[""] * len(titles)]
            if cells[names].strip():
                label, table = (cells[place].strip() if place is not None else "" for place in (labels, tables))
                yield Item(line.number, Column(cells[names].strip(), label, table), line.number)
        return
    values: list[list[str]] = [[] for _ in titles]
    for line in lines:
        for place, cell in enumerate(line.cells[: len(titles)]):
            if cell and len(values[place]) < MOST_VALUES:
                values[place].append(cell)
    for place, title in enumerate(titles):
        if title:
            yield Item(place + 1, Column(title, values=tuple(values[place])), place + 1)


def _place(titles: list[str], known: tuple[str, ...]) -> int | None:
    return next((titles.index(title) for title in known if title in titles), None)


def database_columns(url: str, *, most_values: int = 200) -> Iterator[Item]:
    """The columns of a PostgreSQL database with their comments and some values; nothing is written.

    Raises `Refused` when the database doesn't answer.
    """
    import psycopg
    from psycopg import sql

    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=10)
    except (psycopg.Error, ValueError) as failure:
        raise Refused("database_unreachable", f"连不上数据库：{str(failure).strip().splitlines()[0]}") from None
    with connection:
        connection.execute("SET default_transaction_read_only = on")
        connection.execute("SET statement_timeout = '20s'")
        known = connection.execute(_COLUMNS).fetchall()
        for number, (schema, table, column, label) in enumerate(known, 1):
            query = sql.SQL("SELECT {}::text FROM {} WHERE {} IS NOT NULL LIMIT {}").format(
                sql.Identifier(column), sql.Identifier(schema, table), sql.Identifier(column), sql.Literal(most_values)
            )
            try:
                values = tuple(row[0][:200] for row in connection.execute(query).fetchall())
            except psycopg.Error:
                values = ()
            yield Item(f"{schema}.{table}.{column}", Column(column, label or "", table, values), number)


_COLUMNS = """
SELECT n.nspname, c.relname, a.attname, col_description(c.oid, a.attnum)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND n.nspname NOT LIKE 'pg\\_%'
ORDER BY n.nspname, c.relname, a.attnum
"""
