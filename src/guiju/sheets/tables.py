"""Tables as offices keep them: a sheet of a workbook, a csv file, a block that was pasted.

An opened sheet says which columns it has and how they were recognised, and gives its records one by
one: a workbook comes out of the process that reads it, a csv file from the disk, neither is held.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from itertools import chain, islice
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

from guiju.kernel.errors import Refused, reason_of
from guiju.sheets.body import Body
from guiju.sheets.books import SheetName, sheet_of_book, sheets_of_book
from guiju.sheets.delimited import DELIMITERS, SAMPLE, Record, delimiter_of, is_regular, pasted_records, records
from guiju.sheets.encoding import NAMES, encoding_of
from guiju.sheets.header import Title, header_in
from guiju.sheets.merged import Raw, Row, filled
from guiju.sheets.read import Line
from guiju.sheets.sniffing import LARGEST_FILE, Kind, kind_by_start, kind_of, refuse_large

__all__ = [
    "Line",
    "OpenedSheet",
    "SheetName",
    "Title",
    "offered_sheets",
    "open_pasted",
    "open_sheet",
    "open_sheet_file",
    "sheets_of",
]

LARGEST_TEXT_FILE = 2 * 2**30
LONGEST_PASTED = 10_000_000
PASTED = "粘贴的内容"
_HEAD = 200
"""So many rows are looked at to recognise the header; a column without title counts when one of them uses it."""


class _Reading:
    """Rows from the beginning, as they come, and how to leave early."""

    def __init__(self, rows: Iterator[Raw], close: Callable[[], None]) -> None:
        self.rows = filled(rows)
        self.close = close


class OpenedSheet:
    """A table whose header was recognised; use it in `with`, so that nothing of it stays open.

    The `place` of a title is the index of its cell in every line. `first_row` is the number of the first
    line below the header. `notes` say what was recognised, and after reading which lines were left out.
    """

    def __init__(
        self,
        where: str,
        sheet: str,
        notes: list[str],
        begin: Callable[[], _Reading],
        *,
        is_one_of_many: bool = False,
    ) -> None:
        self._begin = begin
        self._open = [begin()]
        try:
            head = list(islice(self._open[0].rows, _HEAD))
            self._header = header_in(where, head)
        except BaseException:
            self.close()
            raise
        self._unread: Iterator[Row] | None = chain(head, self._open[0].rows)
        self._body = Body(self._header)
        self._notes = notes
        last = self._header.rows[-1].number
        self.sheet, self.is_one_of_many = sheet, is_one_of_many
        self.titles: list[Title] = self._header.titles
        self.first_row = next((row.number for row in head if row.number > last and not row.is_empty()), last + 1)

    @property
    def notes(self) -> list[str]:
        return [*self._notes, *self._header.notes, *self._body.notes]

    def rows(self) -> Iterator[Line]:
        """The records from the first on; raises `Refused` where the file can't be read on.

        Called again it begins again, and ends what was begun before.
        """
        self._body = Body(self._header)
        unread, self._unread = self._unread, None
        if unread is None:
            self.close()
            self._open.append(self._begin())
            unread = self._open[-1].rows
        return self._body.lines(unread)

    def close(self) -> None:
        """Leave off reading; lines that were not taken are lost."""
        while self._open:
            self._open.pop().close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


def sheets_of(name: str, content: bytes) -> list[SheetName]:
    """The sheets of a file in their order; csv is one sheet without a name. Raises `Refused`."""
    if kind_of(name, content) == Kind.WORKBOOK:
        return sheets_of_book(name, content)
    text = _Text(name, lambda: io.BytesIO(content))
    reading = text.begin()
    return [SheetName("", sum(1 for _ in reading.rows), is_hidden=False)]


def offered_sheets(table: OpenedSheet, name: str, content: bytes) -> list[list[str | int]]:
    """Names and numbers of rows of the sheets that somebody may choose instead of the one that is open; [] for none."""
    if not table.is_one_of_many:
        return []
    return [[one.name, one.rows] for one in sheets_of(name, content) if one.rows and not one.is_hidden]


def open_sheet(name: str, content: bytes, sheet: str | None = None) -> OpenedSheet:
    """A sheet by its name, else the first visible one that isn't empty; raises `Refused`."""
    if kind_of(name, content) == Kind.WORKBOOK:
        return _open_book(name, content, sheet)
    return _open_text(name, lambda: io.BytesIO(content), sheet)


def open_sheet_file(path: Path, sheet: str | None = None, *, name: str | None = None) -> OpenedSheet:
    """The same from the disk: a csv file is never held in memory and may have 2 GB; raises `Refused`.

    `name` is what the sender called the file, when it lies under another name here.
    """
    name = name or path.name
    try:
        with path.open("rb") as file:
            kind = kind_by_start(name, file.read(8))
            refuse_large(name, path.stat().st_size, LARGEST_FILE if kind == Kind.WORKBOOK else LARGEST_TEXT_FILE)
        if kind == Kind.WORKBOOK:
            return open_sheet(name, path.read_bytes(), sheet)
        return _open_text(name, lambda: path.open("rb"), sheet)
    except OSError as failure:
        raise Refused("file_unreadable", f"文件“{name}”读不了：{reason_of(failure)}") from None


def open_pasted(text: str) -> OpenedSheet:
    """A block of cells copied out of Excel or WPS, or the text of a csv file; raises `Refused`."""
    if not text.strip("\ufeff\x00\r\n\t "):
        raise Refused("pasted_empty", f"{PASTED}是空的")
    if len(text) > LONGEST_PASTED:
        raise Refused("pasted_long", f"{PASTED}有{len(text)}字，最多{LONGEST_PASTED}字：请存为文件再上传")
    if "\x00" in text:
        raise Refused("pasted_binary", f"{PASTED}不是文字：请从表格里重新复制")
    sample = text[:SAMPLE]
    delimiter = delimiter_of(sample)
    if "\t" in text or not is_regular(sample, delimiter):
        return OpenedSheet(PASTED, "", [], lambda: _Reading(_unmerged(pasted_records(PASTED, text)), _nothing))

    def begin() -> _Reading:
        return _Reading(_unmerged(records(PASTED, io.StringIO(text, newline=""), delimiter)), _nothing)

    return OpenedSheet(PASTED, "", [f"按{DELIMITERS[delimiter]}分列"], begin)


def _open_book(name: str, content: bytes, sheet: str | None) -> OpenedSheet:
    found = sheet_of_book(name, content, sheet)
    first = [_Reading(found.rows, found.close)]

    def begin() -> _Reading:
        if first:
            return first.pop()
        again = sheet_of_book(name, content, found.name)
        return _Reading(again.rows, again.close)

    file = f"文件“{name}”"
    if len(found.all_names) < 2:
        return OpenedSheet(file, found.name, [], begin)
    note = f"读的是工作表“{found.name}”，文件里共有{len(found.all_names)}张：{'、'.join(found.all_names)}"
    return OpenedSheet(f"{file}的工作表“{found.name}”", found.name, [note], begin, is_one_of_many=True)


def _open_text(name: str, opened: Callable[[], BinaryIO], sheet: str | None) -> OpenedSheet:
    if sheet:
        raise Refused("sheet_missing", f"文件“{name}”是文本，没有工作表“{sheet[:31]}”")
    text = _Text(name, opened)
    return OpenedSheet(text.where, "", [text.note], text.begin)


class _Text:
    """A delimited text whose encoding and delimiter are known."""

    def __init__(self, name: str, opened: Callable[[], BinaryIO]) -> None:
        self.where = f"文件“{name}”"
        self._opened = opened
        self._encoding = encoding_of(name, opened)
        with self._file() as file:
            sample = file.read(SAMPLE)
        self._delimiter = delimiter_of(sample)
        parted = f"按{DELIMITERS[self._delimiter]}分列" if self._delimiter in sample else "只有一列"
        self.note = f"编码是 {NAMES[self._encoding]}，{parted}"

    def begin(self) -> _Reading:
        file = self._file()
        return _Reading(self._rows(file), file.close)

    def _rows(self, file: io.TextIOWrapper) -> Iterator[Raw]:
        with file:
            yield from _unmerged(records(self.where, file, self._delimiter))

    def _file(self) -> io.TextIOWrapper:
        return io.TextIOWrapper(self._opened(), encoding=self._encoding, newline="")


def _unmerged(rows: Iterator[Record]) -> Iterator[Raw]:
    return ((number, cells, ()) for number, cells in rows)


def _nothing() -> None:
    """Text in memory needs no closing."""
