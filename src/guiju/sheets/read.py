"""Tables out of files that offices send: xlsx, xls, ods, and csv in UTF-8 or GB18030.

Every cell comes out as text: numbers without a trailing `.0`, dates in ISO form. A file that
can't be used is refused in one sentence; nothing is guessed. Workbooks are read in a process of
their own (guiju.sheets.workbook).
"""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass

from guiju.kernel.errors import Refused
from guiju.sheets.apart import Ending, read_apart

LARGEST_FILE = 50 * 2**20
LARGEST_UNPACKED = 500 * 2**20
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WIDEST = 500


@dataclass(frozen=True)
class Line:
    """One row with its number as Excel (or an editor) shows it."""

    number: int
    cells: list[str]


def read_table(name: str, content: bytes) -> Iterator[Line]:
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


def _sheet(name: str, content: bytes) -> Iterator[Line]:
    if content.startswith(_ZIP):
        _refuse_bomb(name, content)
    ending, lines = read_apart("guiju.sheets.workbook", content)
    match ending:
        case Ending.DONE:
            rows = (json.loads(line) for line in lines)
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
    return _checked(name, rows)


def read_paragraphs(name: str, content: bytes) -> list[str]:
    """The paragraphs of a Word document, those of its tables too; raises `Refused`."""
    if not content:
        raise Refused("file_empty", f"文件“{name}”是空的")
    if len(content) > LARGEST_FILE:
        raise Refused("file_large", f"文件“{name}”有{len(content) >> 20} MB，最多{LARGEST_FILE >> 20} MB：请分成几份")
    if content.startswith(_ZIP):
        _refuse_bomb(name, content)
    elif not content.startswith(_OLE):
        raise Refused("file_not_word", f"文件“{name}”不是 Word 文档，虽然名字像：请另存为 docx 或 txt 再试")
    ending, lines = read_apart("guiju.sheets.word", content)
    match ending:
        case Ending.DONE if lines:
            return [json.loads(line) for line in lines]
        case Ending.DONE:
            raise Refused("file_empty", f"文件“{name}”里没有文字：内容是图片的，请先识别成文字")
        case Ending.PASSWORD:
            raise Refused("file_password", f"文件“{name}”有密码：请先取消密码再审查")
        case Ending.LARGE:
            raise Refused("file_large", f"文件“{name}”展开后太大：请分成几份")
        case _ if content.startswith(_OLE):
            raise Refused("file_old_word", f"文件“{name}”是旧格式（doc）：请用 Word 另存为 docx 再试")
        case _:
            raise Refused("file_damaged", f"文件“{name}”打不开，可能已损坏：请用 Word 另存一份再试")


def _checked(name: str, rows: Iterator[list[str]]) -> Iterator[Line]:
    for number, row in enumerate(rows, 1):
        if number == 1 and len(row) > _WIDEST:
            raise Refused("file_wide", f"文件“{name}”有{len(row)}列，最多{_WIDEST}列：请删去空白的列")
        yield Line(number, row)


def _refuse_bomb(name: str, content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise Refused("file_damaged", f"文件“{name}”打不开，可能已损坏：请用 Excel 另存一份再试") from None
    if unpacked > LARGEST_UNPACKED:
        raise Refused("file_large", f"文件“{name}”展开后有{unpacked >> 20} MB，最多{LARGEST_UNPACKED >> 20} MB")


def _csv(name: str, content: bytes) -> Iterator[Line]:
    text = decode(name, content)
    sample = text[:4000]
    delimiter = max(",\t;，", key=sample.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=False)
    first = 1
    try:
        for row in reader:
            if len(row) > _WIDEST:
                raise Refused("file_wide", f"文件“{name}”第{first}行有{len(row)}列，最多{_WIDEST}列")
            yield Line(first, [cell.strip() for cell in row])
            first = reader.line_num + 1
    except csv.Error:
        # The only error of a lenient reader: a cell longer than csv.field_size_limit().
        raise Refused(
            "file_damaged", f"文件“{name}”第{first}行有一格超过十三万字，读不下去：多半是少了一个引号，请补上再试"
        ) from None


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
