"""Reads one workbook in a process of its own, with a limit on memory and time.

A workbook of two cells, the second a million rows below the first, makes its reader fill in
everything between: a kilobyte becomes gigabytes. Here that ends this process and not the caller's.

    python -I -m guiju.sheets.workbook sheets < FILE         [name, rows, is hidden] of each sheet
    python -I -m guiju.sheets.workbook rows WHICH < FILE     what sheet it is, then [cells, spans] of each row

WHICH is JSON: 0 is the first sheet, null the first visible one with rows, a text the one of that name.
A span is [left, top, right, bottom] of merged cells that reach into the row, counted from 0.
"""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import BinaryIO

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetMetadata,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from guiju.sheets.apart import Ending, limit

MOST_CELLS = 10_000_000
_LONGEST_CELL = 32_767
"""Excel's own limit."""

Span = tuple[int, int, int, int]


def main(asked: str, which: str = "null") -> int:
    content = sys.stdin.buffer.read()
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        with os.fdopen(1, "wb", 1 << 16, closefd=False) as out:
            return _sheets(book, out) if asked == "sheets" else _rows(book, json.loads(which), out)
    except PasswordError:
        return Ending.PASSWORD
    except MemoryError:
        return Ending.LARGE
    except (CalamineError, OSError, ValueError):
        # An encrypted workbook is an OLE file whose stream bears this name.
        return Ending.PASSWORD if "EncryptedPackage".encode("utf-16-le") in content[:65536] else Ending.DAMAGED


def _sheets(book: CalamineWorkbook, out: BinaryIO) -> int:
    for sheet in _tables(book):
        end = book.get_sheet_by_name(sheet.name).end
        _write(out, [sheet.name, end[0] + 1 if end else 0, _is_hidden(sheet)])
    return Ending.DONE if _tables(book) else Ending.EMPTY


def _rows(book: CalamineWorkbook, which: str | int | None, out: BinaryIO) -> int:
    if not book.sheet_names:
        return Ending.EMPTY
    names = [sheet.name for sheet in _tables(book)]
    sheet = _chosen(book, which)
    if sheet is None:
        _write(out, {"sheets": names})
        return Ending.NO_SHEET
    rows, columns = (sheet.end[0] + 1, sheet.end[1] + 1) if sheet.end else (0, 0)
    _write(out, {"sheet": sheet.name, "sheets": names, "columns": columns})
    if rows * columns > MOST_CELLS:
        return Ending.LARGE
    indent = [""] * (sheet.start[1] if sheet.start else 0)
    for row, spans in zip(sheet.iter_rows(), _spans(sheet, rows), strict=False):
        _write(out, [[*indent, *(text_of(cell)[:_LONGEST_CELL] for cell in row)], spans])
    return Ending.DONE


def _chosen(book: CalamineWorkbook, which: str | int | None) -> CalamineSheet | None:
    if isinstance(which, int):
        return book.get_sheet_by_index(which)
    if which is not None:
        return book.get_sheet_by_name(which) if which in [sheet.name for sheet in _tables(book)] else None
    visible = [sheet.name for sheet in _tables(book) if not _is_hidden(sheet)]
    found = (book.get_sheet_by_name(name) for name in visible)
    return next((sheet for sheet in found if sheet.end), None) or (
        book.get_sheet_by_name(visible[0]) if visible else None
    )


def _tables(book: CalamineWorkbook) -> list[SheetMetadata]:
    """The sheets that have cells: those with a chart alone have none."""
    return [sheet for sheet in book.sheets_metadata if sheet.typ == SheetTypeEnum.WorkSheet]


def _is_hidden(sheet: SheetMetadata) -> bool:
    return sheet.visible != SheetVisibleEnum.Visible


def _spans(sheet: CalamineSheet, rows: int) -> Iterator[list[Span]]:
    """For each row the merged cells that reach into it."""
    waiting = sorted(sheet.merged_cell_ranges or [], reverse=True)
    open_: list[Span] = []
    for number in range(rows):
        if open_:
            open_ = [span for span in open_ if span[3] >= number]
        while waiting and waiting[-1][0][0] <= number:
            (top, left), (bottom, right) = waiting.pop()
            if bottom >= number:
                open_.append((left, top, right, bottom))
        yield open_


def _write(out: BinaryIO, value: object) -> None:
    out.write(json.dumps(value, ensure_ascii=False).encode("utf-8", "replace") + b"\n")


def text_of(cell: object) -> str:
    """A cell as people read it: numbers without a trailing `.0`, dates in ISO form.

    A fraction has the fifteen digits that Excel shows, so that a sum of 0.1 and 0.2 is 0.3.
    """
    match cell:
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer():
            return str(int(cell)) if abs(cell) < 1e15 else str(cell)
        case float():
            return f"{cell:.15g}"
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell).strip()


if __name__ == "__main__":
    limit()
    sys.exit(main(*sys.argv[1:]))
