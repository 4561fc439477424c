"""Tables out of files that offices send: xlsx, xls, ods, and csv in UTF-8 or GB18030.

Every cell comes out as text: numbers without a trailing `.0`, dates in ISO form. A file that
can't be used is refused in one sentence; nothing is guessed. Workbooks are read in a process of
their own (guiju.sheets.workbook).
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass

from guiju.kernel.errors import Refused
from guiju.sheets.apart import Ending, read_apart
from guiju.sheets.books import FIRST_SHEET, sheet_of_book
from guiju.sheets.delimited import SAMPLE, delimiter_of, records
from guiju.sheets.encoding import encoding_of
from guiju.sheets.sniffing import OLE, ZIP, Kind, kind_of, refuse_bomb, refuse_large


@dataclass(frozen=True)
class Line:
    """One row with its number as Excel (or an editor) shows it."""

    number: int
    cells: list[str]


def read_table(name: str, content: bytes) -> Iterator[Line]:
    """The rows of the first sheet (or of the csv); raises `Refused` before or while reading."""
    if kind_of(name, content) == Kind.WORKBOOK:
        return (Line(number, cells) for number, cells, _ in sheet_of_book(name, content, FIRST_SHEET).rows)
    text = decode(name, content)
    rows = records(f"文件“{name}”", io.StringIO(text, newline=""), delimiter_of(text[:SAMPLE]))
    return (Line(number, cells) for number, cells in rows)


def decode(name: str, content: bytes) -> str:
    """UTF-8 with or without mark, UTF-16 with mark, else GB18030; anything else is refused."""
    return content.decode(encoding_of(name, lambda: io.BytesIO(content)))


def read_paragraphs(name: str, content: bytes, *, everything: bool = False) -> list[str]:
    """The paragraphs of a Word document, those of its tables too; raises `Refused`.

    `everything` is also what stands beside them: headers, notes, comments, boxes.
    """
    if not content:
        raise Refused("file_empty", f"文件“{name}”是空的")
    refuse_large(name, len(content))
    if content.startswith(ZIP):
        refuse_bomb(name, content)
    elif not content.startswith(OLE):
        raise Refused("file_not_word", f"文件“{name}”不是 Word 文档，虽然名字像：请另存为 docx 或 txt 再试")
    ending, lines = read_apart("guiju.sheets.word", content, *(["all"] if everything else []))
    match ending:
        case Ending.DONE if lines:
            return [json.loads(line) for line in lines]
        case Ending.DONE:
            raise Refused("file_empty", f"文件“{name}”里没有文字：内容是图片的，请先识别成文字")
        case Ending.PASSWORD:
            raise Refused("file_password", f"文件“{name}”有密码：请先取消密码再审查")
        case Ending.LARGE:
            raise Refused("file_large", f"文件“{name}”展开后太大：请分成几份")
        case _ if content.startswith(OLE):
            raise Refused("file_old_word", f"文件“{name}”是旧格式（doc）：请用 Word 另存为 docx 再试")
        case _:
            raise Refused("file_damaged", f"文件“{name}”打不开，可能已损坏：请用 Word 另存一份再试")
