"""Texts out of the files that people have: one a line, a table with a text column, or JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from guiju.kernel.errors import Refused
from guiju.kernel.sectors import LABELS, sector_of

TEXT_COLUMNS = ("text", "文本", "文案", "内容", "广告语", "正文")


@dataclass(frozen=True)
class Text:
    """One piece of copy; `line` is its place in the file, counted from 1."""

    id: str | int
    text: str
    line: int
    sector: str | None = None
    channel: str | None = None


@dataclass(frozen=True)
class Unusable:
    """A line that can't be read, and why; the others go on."""

    line: int
    sentence: str


def read_texts(name: str, content: bytes, *, column: str | None = None) -> Iterator[Text | Unusable]:
    """The texts of a file, in its order; raises `Refused` when the file as a whole is unusable."""
    if not content.strip(b"\x00\r\n\t "):
        raise Refused("file_empty", f"文件“{name}”是空的")
    kind = name.rsplit(".", 1)[-1].lower() if "." in name else "txt"
    match kind:
        case "jsonl" | "ndjson":
            return _json_lines(_decoded(name, content))
        case "csv" | "xlsx" | "xls" | "ods":
            return _table(name, content, column)
        case _:
            return _lines(_decoded(name, content))


def _decoded(name: str, content: bytes) -> str:
    """UTF-8 with or without a byte order mark, else GB18030; bytes that are neither are no text."""
    if b"\x00" in content[:4096]:
        raise Refused("file_not_text", f"文件“{name}”不是文本文件")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refused("file_not_text", f"文件“{name}”不是文本文件，或不是 UTF-8、GB18030 编码")


def _lines(text: str) -> Iterator[Text | Unusable]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip():
            yield Text(number, line, number)


def _json_lines(text: str) -> Iterator[Text | Unusable]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield Unusable(number, f"第{number}行不是 JSON")
            continue
        if not isinstance(row, dict) or not isinstance(row.get("text"), str):
            yield Unusable(number, f"第{number}行没有文字字段 text")
            continue
        text, named = row["text"], _word(row.get("sector")) or _word(row.get("industry"))
        sector = sector_of(named) if named else None
        if named and sector is None:
            yield Unusable(number, f"第{number}行的行业“{named}”不认识，可填：{'、'.join(LABELS.values())}")
        elif not _is_writable(text):
            yield Unusable(number, f"第{number}行的文字里有残缺的字符")
        else:
            known = row["id"] if isinstance(row.get("id"), (str, int)) else number
            yield Text(known, text, number, sector, _word(row.get("channel")))


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _is_writable(text: str) -> bool:
    """JSON can spell halves of characters (\\ud800), which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _table(name: str, content: bytes, column: str | None) -> Iterator[Text | Unusable]:
    # The reader of workbooks is loaded only when a workbook comes: start-up stays short.
    from guiju.sheets.read import read_table

    table = read_table(name, content)
    first = next(table, None)
    place = _text_column(name, first.cells if first else [], column)
    for line in table:
        text = line.cells[place] if place < len(line.cells) else ""
        if text.strip():
            yield Text(line.number, text, line.number)


def _text_column(name: str, header: list[str], column: str | None) -> int:
    titles = [cell.strip() for cell in header]
    if column is not None:
        if column not in titles:
            raise Refused("file_columns", f"文件“{name}”没有“{column}”这一列，表头是：{'、'.join(titles)}")
        return titles.index(column)
    known = [titles.index(title) for title in TEXT_COLUMNS if title in titles]
    if known:
        return known[0]
    if len(titles) == 1:
        return 0
    raise Refused("file_columns", f"文件“{name}”里没有叫“文案”或“text”的列：请用 --column 指明")
