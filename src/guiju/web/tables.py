"""Tables as files: CSV for programs, CSV that opens in Excel, XLSX for people; the latter two run no formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from urllib.parse import quote

import xlsxwriter
from django.http import FileResponse, HttpResponse, StreamingHttpResponse

from guiju.kernel.calendar.clock import CHINA

_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠", "\t", "\r")
_NUMBER_TO_EXCEL = re.compile(r"[0-9]{16,}|[0-9]+[Ee][0-9]+")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def safe_cell(value: Any) -> str:
    """Text that Excel shows as it is, even when it begins like a formula or looks like a number that Excel rounds.

    Excel keeps fifteen digits of a number, and a code of eighteen would end in zeros; with a tab before
    it, it stays text. The tab isn't seen, and our own imports take it away again, whereas `="…"` would
    be a formula and an apostrophe would be seen.
    """
    text = "" if value is None else str(value)
    if _NUMBER_TO_EXCEL.fullmatch(text):
        return "\t" + text
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """For programs: UTF-8 and every value as it was stored, without what `csv_response` does for Excel."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for row in chain([header], rows):
        buffer.seek(0)
        buffer.truncate()
        writer.writerow(row)
        yield buffer.getvalue()


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """For Excel: with the byte order mark that it needs to read Chinese, and with safe cells."""
    lines = csv_lines(header, ([safe_cell(value) for value in row] for row in rows))
    response = StreamingHttpResponse(chain(["\ufeff"], lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(name)
    return response


_FORMATS = {
    "text": "@",
    "figure": "General",
    "count": "#,##0",
    "amount": "#,##0.00",
    "day": "yyyy-mm-dd",
    "moment": "yyyy-mm-dd hh:mm",
}


def _is_exact(number: Decimal) -> bool:
    """Whether Excel, which keeps fifteen digits, keeps all of this."""
    digits = "".join(map(str, number.as_tuple().digits)).rstrip("0")
    return number.is_finite() and len(digits) <= 15 and abs(number.adjusted()) < 15


def _in_words(value: Any) -> Any:
    """A moment as people here read it; everything else as it is."""
    return f"{value.astimezone(CHINA):%Y-%m-%d %H:%M}" if isinstance(value, datetime) else value


def _as_cell(value: Any) -> tuple[str, Any]:
    """The format of a cell, and the value as it stands in it."""
    match value:
        case bool():
            return "text", "是" if value else "否"
        case int() if _is_exact(Decimal(value)):
            return "count", value
        case Decimal() if _is_exact(value):
            return "amount", value
        case float() if math.isfinite(value):
            return "figure", value
        case datetime() if value.year >= 1900:
            return "moment", value.astimezone(CHINA).replace(tzinfo=None)
        case date() if value.year >= 1900:
            return "day", value
        case _:
            return "text", "" if value is None else str(value)


def xlsx_bytes(
    sheet: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, widths: Sequence[int] = ()
) -> bytes:
    """A workbook with one sheet and a bold frozen header: figures and days as such, all else as text.

    What is text in the program (phones, codes, anything that begins like a formula) stays text. A column
    is formatted like its first row, so that a code which somebody adds below keeps its eighteen digits.
    """
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {**_OPTIONS, "in_memory": True, "constant_memory": True}) as book:
        _write_sheet(book, sheet, header, rows, widths)
    return buffer.getvalue()


_OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False}
_LONGEST_FOOTER = 200


def _write_sheet(
    book: xlsxwriter.Workbook,
    sheet: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    widths: Sequence[int],
    mark: str = "",
) -> None:
    page = book.add_worksheet(sheet)
    bold = book.add_format({"bold": True, "bg_color": "#EAF2FB", "border": 1, "border_color": "#D0D7DE"})
    formats = {name: book.add_format({"num_format": code}) for name, code in _FORMATS.items()}
    top = 1 if mark else 0
    page.freeze_panes(top + 1, 0)
    write = dict.fromkeys(("figure", "count", "amount"), page.write_number)
    write |= {"text": page.write_string, "day": page.write_datetime, "moment": page.write_datetime}
    for column, width in enumerate(widths):
        page.set_column(column, column, width)
    if mark:
        page.write_string(0, 0, mark, book.add_format({"font_size": 9, "font_color": "#667382"}))
        page.set_footer("&L&8" + mark[:_LONGEST_FOOTER].replace("&", "&&") + "&R&8&P / &N")
    for column, title in enumerate(header):
        page.write_string(top, column, title, bold)
    for number, row in enumerate(rows, top + 1):
        for column, value in enumerate(row):
            kind, shown = _as_cell(value)
            if number == top + 1:
                page.set_column(column, column, widths[column] if column < len(widths) else None, formats[kind])
            write[kind](number, column, shown, formats[kind])


_AT_ONCE = 1000
T = TypeVar("T")


def in_batches(rows: Iterator[T]) -> Iterator[list[T]]:
    """So many at a time that the questions about them are asked for all together, and memory stays as it is."""
    while batch := list(islice(rows, _AT_ONCE)):
        yield batch


MOST_ROWS_IN_A_SHEET = 1_048_574
"""What Excel holds, without the mark and the header."""


def write_table(
    path: Path,
    sheet: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    mark: str,
    widths: Sequence[int] = (),
) -> None:
    """A table as a file, XLSX or CSV by the ending of its name, in constant memory, marked as whose copy it is (水印).

    In a workbook the mark stands above the header, in the foot of each printed page and in the properties; in
    CSV, which programs read line by line, in a last column. What Excel keeps on its way lies beside the file.
    """
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8-sig", newline="") as out:
            marked = ([*(safe_cell(_in_words(value)) for value in row), mark] for row in rows)
            out.writelines(csv_lines([*header, "导出标记"], marked))
        return
    with xlsxwriter.Workbook(str(path), {**_OPTIONS, "constant_memory": True, "tmpdir": str(path.parent)}) as book:
        book.set_properties({"comments": mark})
        _write_sheet(book, sheet, header, rows, widths, mark)


def xlsx_response(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = attachment(name)
    return response


def table_answer(
    name: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, mark: str, widths: Sequence[int] = ()
) -> FileResponse:
    """`write_table` as a download; the file lies in a folder of its own until then, and is gone before it is sent."""
    with TemporaryDirectory(prefix="guiju-export-") as folder:
        path = Path(folder) / f"table{Path(name).suffix}"
        write_table(path, Path(name).stem[:_LONGEST_SHEET_NAME], header, rows, mark=mark, widths=widths)
        # Opened before the folder goes: what was opened can still be read.
        content = path.open("rb")
    response = FileResponse(content, content_type=XLSX if path.suffix == ".xlsx" else "text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(name)
    return response


_LONGEST_SHEET_NAME = 31
_LONGEST_STEM = 240
"""Bytes: with its ending a name has to stay within the 255 that file systems hold."""


def attachment(name: str) -> str:
    """A header that keeps a Chinese file name in every browser (RFC 6266); a long one is cut before its ending."""
    stem, dot, ending = name.rpartition(".")
    kept = stem.encode()[:_LONGEST_STEM].decode("utf-8", "ignore")
    return f"attachment; filename=\"download\"; filename*=UTF-8''{quote(kept + dot + ending, safe='')}"
