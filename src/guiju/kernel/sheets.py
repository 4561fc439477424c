"""Tables out of files that offices send: xlsx, xls, ods, and csv in UTF-8 or GB18030.

Every cell comes out as text: numbers without a trailing `.0`, dates in ISO form. A file that
can't be used is refused in one sentence; nothing is guessed.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from guiju.kernel.errors import Refused

LARGEST_FILE = 50 * 2**20
LARGEST_UNPACKED = 500 * 2**20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WIDEST = 500


def read_table(name: str, content: bytes) -> Iterator[list[str]]:
    """The rows of the first sheet (or of the csv); raises `Refused` before or while reading."""
    if not content.strip(b"\x00\r\n\t "):
        raise Refused("file_empty", f"文件“{name}”是空的")
    if len(content) > LARGEST_FILE:
        raise Refused("file_large", f"文件“{name}”有{len(content) >> 20} MB，最多{LARGEST_FILE >> 20} MB：请分成几份")
    if content.startswith((_ZIP, _OLE)):
        return _sheet(name, content)
    if name.lower().endswith((".xlsx", ".xls", ".ods")):
        raise Refused("file_not_table", f"文件“{name}”不是 Excel 文件，虽然名字像：请另存为 xlsx 或 csv 再试")
    return _csv(name, content)


def _sheet(name: str, content: bytes) -> Iterator[list[str]]:
    if content.startswith(_ZIP):
        _refuse_bomb(name, content)
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        if not book.sheet_names:
            raise Refused("file_empty", f"文件“{name}”里没有工作表")
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=True)
    except PasswordError:
        raise Refused("file_password", f"文件“{name}”有密码：请先取消密码再上传") from None
    except (CalamineError, OSError, ValueError) as failure:
        if b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d" in content[:65536]:
            raise Refused("file_password", f"文件“{name}”有密码：请先取消密码再上传") from None
        raise Refused("file_damaged", f"文件“{name}”打不开，可能已损坏：请用 Excel 另存一份再试") from failure
    if rows and len(rows[0]) > _WIDEST:
        raise Refused("file_wide", f"文件“{name}”有{len(rows[0])}列，最多{_WIDEST}列：请删去空白的列")
    return ([_text(cell) for cell in row] for row in rows)


def _refuse_bomb(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise Refused("file_damaged", f"文件“{name}”打不开，可能已损坏：请用 Excel 另存一份再试") from None
    if unpacked > LARGEST_UNPACKED:
        raise Refused("file_large", f"文件“{name}”展开后有{unpacked >> 20} MB，最多{LARGEST_UNPACKED >> 20} MB")


def _csv(name: str, content: bytes) -> Iterator[list[str]]:
    text = decode(name, content)
    sample = text[:4000]
    delimiter = max(",\t;，", key=sample.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    try:
        for row in reader:
            if len(row) > _WIDEST:
                raise Refused("file_wide", f"文件“{name}”第{reader.line_num}行有{len(row)}列，最多{_WIDEST}列")
            yield [cell.strip() for cell in row]
    except csv.Error as failure:
        raise Refused("file_damaged", f"文件“{name}”第{reader.line_num}行读不下去（{failure}）") from None


def decode(name: str, content: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with mark, else GB18030; anything else is refused."""
    marks = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}
    encoding = next((name for mark, name in marks.items() if content.startswith(mark)), "utf-8")
    for attempt in dict.fromkeys((encoding, "utf-8", "gb18030")):
        try:
            text = content.decode(attempt)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise Refused("file_encoding", f"文件“{name}”不是文本，或编码不是 UTF-8、GB18030：请另存为 UTF-8 再试")


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "是" if cell else "否"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell).strip()
