"""Workbooks (xlsx, xls, ods) as the process that reads them hands them over (guiju.sheets.workbook)."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import NoReturn

from guiju.kernel.errors import Refused
from guiju.sheets.apart import Ending, lines_apart
from guiju.sheets.delimited import WIDEST
from guiju.sheets.merged import Raw, Span

FIRST_SHEET = 0
_MODULE = "guiju.sheets.workbook"
_LONGEST_NAME = 255


@dataclass(frozen=True)
class SheetName:
    """One sheet of a file (工作表): its name, the number of its last row, whether Excel hides it."""

    name: str
    rows: int
    is_hidden: bool


@dataclass(frozen=True)
class BookSheet:
    """The sheet that was chosen, the names of all, and the rows: once, as they come.

    The process that reads ends with the rows, by `close()`, or when they are forgotten.
    """

    name: str
    all_names: list[str]
    rows: Iterator[Raw]
    close: Callable[[], None]


def sheets_of_book(name: str, content: bytes) -> list[SheetName]:
    """The sheets in their order; raises `Refused`."""
    found = []
    work = lines_apart(_MODULE, content, "sheets")
    while True:
        try:
            found.append(SheetName(*json.loads(next(work))))
        except StopIteration as end:
            if end.value != Ending.DONE:
                _refuse(name, end.value)
            return found


def sheet_of_book(name: str, content: bytes, which: str | int | None) -> BookSheet:
    """The sheet by name or place, for None the first visible one that isn't empty; raises `Refused`."""
    if isinstance(which, str) and len(which) > _LONGEST_NAME:
        raise Refused("sheet_missing", f"文件“{name}”里没有工作表“{which[:20]}…”")
    work = lines_apart(_MODULE, content, "rows", json.dumps(which))
    try:
        says = json.loads(next(work))
    except StopIteration as end:
        _refuse(name, end.value)
    if "sheet" not in says:
        work.close()
        known = "、".join(f"“{one}”" for one in says["sheets"])
        asked = "看得见的工作表" if which is None else f"工作表“{which}”"
        raise Refused("sheet_missing", f"文件“{name}”里没有{asked}，现有：{known}")
    if says["columns"] > WIDEST:
        work.close()
        raise Refused("file_wide", f"文件“{name}”有{says['columns']}列，最多{WIDEST}列：请删去空白的列")
    return BookSheet(says["sheet"], says["sheets"], _rows(name, work), work.close)


def _rows(name: str, work: Generator[bytes, None, int]) -> Iterator[Raw]:
    number = 0
    while True:
        try:
            cells, spans = json.loads(next(work))
        except StopIteration as end:
            if end.value is None:
                raise ValueError("the sheet was closed before all of it was read") from None
            if end.value != Ending.DONE:
                _refuse(name, end.value)
            return
        number += 1
        yield number, cells, [Span(left, top + 1, right, bottom + 1) for left, top, right, bottom in spans]


def _refuse(name: str, ending: int) -> NoReturn:
    match ending:
        case Ending.PASSWORD:
            raise Refused("file_password", f"文件“{name}”有密码：请先取消密码再上传")
        case Ending.DAMAGED:
            raise Refused("file_damaged", f"文件“{name}”打不开，可能已损坏：请用 Excel 另存一份再试")
        case Ending.EMPTY:
            raise Refused("file_empty", f"文件“{name}”里没有工作表")
        case _:
            raise Refused(
                "file_large", f"文件“{name}”的表格太大（或远处有零星的单元格）：请把要用的区域复制到新的工作簿再试"
            )
