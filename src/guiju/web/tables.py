"""Tables as files: CSV for programs, CSV that opens in Excel, XLSX for people; the latter two run no formula."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse

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
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True, "bg_color": "#EAF2FB", "border": 1, "border_color": "#D0D7DE"})
        formats = {name: book.add_format({"num_format": code}) for name, code in _FORMATS.items()}
        page.freeze_panes(1, 0)
        write = dict.fromkeys(("figure", "count", "amount"), page.write_number)
        write |= {"text": page.write_string, "day": page.write_datetime, "moment": page.write_datetime}
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        for column, title in enumerate(header):
            page.write_string(0, column, title, bold)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                kind, shown = _as_cell(value)
                if number == 1:
                    page.set_column(column, column, widths[column] if column < len(widths) else None, formats[kind])
                write[kind](number, column, shown, formats[kind])
    return buffer.getvalue()


def xlsx_response(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = attachment(name)
    return response


_LONGEST_STEM = 240
"""Bytes: with its ending a name has to stay within the 255 that file systems hold."""


def attachment(name: str) -> str:
    """A header that keeps a Chinese file name in every browser (RFC 6266); a long one is cut before its ending."""
    stem, dot, ending = name.rpartition(".")
    kept = stem.encode()[:_LONGEST_STEM].decode("utf-8", "ignore")
    return f"attachment; filename=\"download\"; filename*=UTF-8''{quote(kept + dot + ending, safe='')}"
