"""Tables as files: CSV for programs, XLSX for people; neither runs a formula when opened."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import xlsxwriter
from django.http import HttpResponse, StreamingHttpResponse

from guiju.kernel.calendar.clock import CHINA

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def safe_cell(value: Any) -> str:
    """Text that a spreadsheet shows as it is, even when it begins like a formula."""
    text = "" if value is None else str(value)
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def csv_lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    """UTF-8 with a byte order mark, which Excel needs to read Chinese."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(header)
    yield "\ufeff" + buffer.getvalue()
    for row in rows:
        buffer.seek(0)
        buffer.truncate()
        writer.writerow([safe_cell(value) for value in row])
        yield buffer.getvalue()


def csv_response(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    response = StreamingHttpResponse(csv_lines(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(name)
    return response


_FORMATS = {"count": "#,##0", "amount": "#,##0.00", "day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm"}
_LARGEST_EXACT = 10**15
"""Excel keeps fifteen digits."""


def _write(page: Any, row: int, column: int, value: Any, formats: Mapping[str, Any]) -> None:
    if isinstance(value, bool):
        page.write_string(row, column, "是" if value else "否")
    elif isinstance(value, int) and abs(value) < _LARGEST_EXACT:
        page.write_number(row, column, value, formats["count"])
    elif isinstance(value, Decimal) and abs(value) < _LARGEST_EXACT:
        page.write_number(row, column, value, formats["amount"])
    elif isinstance(value, datetime):
        page.write_datetime(row, column, value.astimezone(CHINA).replace(tzinfo=None), formats["moment"])
    elif isinstance(value, date) and value.year >= 1900:
        page.write_datetime(row, column, value, formats["day"])
    else:
        page.write_string(row, column, "" if value is None else str(value))


def xlsx_bytes(
    sheet: str, header: Sequence[str], rows: Iterable[Sequence[Any]], *, widths: Sequence[int] = ()
) -> bytes:
    """A workbook with one sheet and a bold frozen header: figures and days as such, all else as text.

    What is text in the program (phones, codes, anything that begins like a formula) stays text.
    """
    buffer = io.BytesIO()
    options = {"in_memory": True, "constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        page = book.add_worksheet(sheet)
        bold = book.add_format({"bold": True, "bg_color": "#EAF2FB", "border": 1, "border_color": "#D0D7DE"})
        formats = {name: book.add_format({"num_format": code}) for name, code in _FORMATS.items()}
        page.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            page.set_column(column, column, width)
        for column, title in enumerate(header):
            page.write_string(0, column, title, bold)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row):
                _write(page, number, column, value, formats)
    return buffer.getvalue()


def xlsx_response(name: str, content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type=XLSX)
    response["Content-Disposition"] = attachment(name)
    return response


def attachment(name: str) -> str:
    """A header that keeps a Chinese file name in every browser (RFC 6266)."""
    return f"attachment; filename=\"download\"; filename*=UTF-8''{quote(name)}"
