"""Texts out of the files that people have: one a line, a table with a text column, Word, JSON lines.

Files of lines are read as a stream, so that a million of them need no more memory than one.
"""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from guiju.kernel.contract_types import LABELS as CONTRACT_LABELS
from guiju.kernel.contract_types import contract_type_of
from guiju.kernel.errors import Refused
from guiju.kernel.rules.model import UNKNOWN, Occasion
from guiju.kernel.sectors import LABELS, sector_of
from guiju.rulebook.labels import CHANNELS

TEXT_COLUMNS = ("text", "文本", "文案", "内容", "广告语", "正文", "条款", "短信内容")
_SAYS = {
    "sector": ("sector", "industry", "行业"),
    "channel": ("channel", "渠道", "投放渠道"),
    "type": ("type", "合同类型"),
}
"""The columns in which a row of a table says what it is for."""
_CODES = {label: code for code, label in CHANNELS.items()}
_TABLES = ("csv", "tsv", "xlsx", "xls", "ods")
_NO_TEXT = {
    b"PK\x03\x04": "压缩包或 Office 文件",
    b"\xd0\xcf\x11\xe0": "旧格式的 Office 文件",
    b"%PDF": "PDF",
    b"\x89PNG": "图片",
    b"\xff\xd8\xff": "图片",
}
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Text:
    """One text to review; `line` is its place in the file, counted from 1."""

    id: str | int
    text: str
    line: int
    occasion: Occasion = UNKNOWN


@dataclass(frozen=True)
class Unusable:
    """A line that can't be read, and why; the others go on."""

    line: int
    sentence: str


@dataclass(frozen=True)
class Reading:
    """How a file is to be read: the column of its texts, and what is known of all of them.

    With `as_one` a file of lines or paragraphs is one text, such as a contract.
    """

    column: str | None = None
    occasion: Occasion = UNKNOWN
    as_one: bool = False


PLAIN = Reading()


def read_texts(name: str, stream: BinaryIO, reading: Reading = PLAIN) -> Iterator[Text | Unusable]:
    """The texts of a file, in its order; raises `Refused` when the file as a whole is unusable."""
    match kind_of(name):
        case "jsonl" | "ndjson" | "json":
            return _json_lines(decoded(name, stream), reading)
        case "docx" | "doc":
            return _paragraphs(name, stream.read(), reading)
        case kind if kind in _TABLES:
            return _table(name, stream.read(), reading)
        case _:
            return _lines(decoded(name, stream), reading)


def kind_of(name: str) -> str:
    return name.rsplit(".", 1)[-1].lower() if "." in name else "txt"


def decoded(name: str, stream: BinaryIO) -> Iterator[str]:
    """The lines of a text: UTF-8 or UTF-16 with a mark, UTF-8 without, else GB18030; bytes that are neither are no text."""
    head = stream.read(4096)
    stream.seek(0)
    if not head.strip(b"\x00\r\n\t \xef\xbb\xbf"):
        raise Refused("file_empty", f"文件“{name}”是空的")
    for mark, kind in _NO_TEXT.items():
        if head.startswith(mark):
            raise Refused("file_not_text", f"文件“{name}”不是文本文件，而是{kind}：请另存为 txt、csv、xlsx 或 docx")
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _lines_of(stream, "utf-16")
    if b"\x00" in head:
        raise Refused("file_not_text", f"文件“{name}”不是文本文件")
    for encoding in ("utf-8-sig", "gb18030"):
        if _decodes(stream, encoding):
            return _lines_of(stream, encoding)
    raise Refused("file_not_text", f"文件“{name}”不是文本文件，或不是 UTF-8、GB18030 编码")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    stream.seek(0)
    try:
        while chunk := stream.read(_CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        stream.seek(0)
    return True


def _lines_of(stream: BinaryIO, encoding: str) -> Iterator[str]:
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)("replace"), translate=True)
    rest = ""
    while chunk := stream.read(_CHUNK):
        *lines, rest = (rest + decoder.decode(chunk)).split("\n")
        yield from lines
    yield from (rest + decoder.decode(b"", final=True)).split("\n")


def _lines(lines: Iterator[str], reading: Reading) -> Iterator[Text | Unusable]:
    if reading.as_one:
        yield Text(1, "\n".join(lines).strip(), 1, reading.occasion)
        return
    for number, text in enumerate(lines, 1):
        if text and not text.isspace():
            yield Text(number, text, number, reading.occasion)


def _paragraphs(name: str, content: bytes, reading: Reading) -> Iterator[Text | Unusable]:
    from guiju.sheets.read import read_paragraphs

    paragraphs = read_paragraphs(name, content)
    if reading.as_one:
        yield Text(1, "\n".join(paragraphs), 1, reading.occasion)
        return
    for number, text in enumerate(paragraphs, 1):
        yield Text(number, text, number, reading.occasion)


def json_rows(lines: Iterator[str]) -> Iterator[tuple[int, dict[str, object]] | Unusable]:
    """The objects of a file of JSON lines with their numbers."""
    for number, line in enumerate(lines, 1):
        if not line or line.isspace():
            continue
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            yield Unusable(number, f"第{number}行不是 JSON")
            continue
        if isinstance(row, dict):
            yield number, row
        else:
            yield Unusable(number, f"第{number}行不是一个 JSON 对象（{{…}}）")


def _json_lines(lines: Iterator[str], reading: Reading) -> Iterator[Text | Unusable]:
    key = reading.column or "text"
    for found in json_rows(lines):
        if isinstance(found, Unusable):
            yield found
            continue
        number, row = found
        text = row.get(key)
        if not isinstance(text, str):
            yield Unusable(number, f"第{number}行没有文字字段 {key}")
        elif not is_writable(text):
            yield Unusable(number, f"第{number}行的文字里有残缺的字符")
        else:
            occasion = _occasion_of(number, row, reading.occasion)
            known = row["id"] if isinstance(row.get("id"), (str, int)) else number
            yield occasion if isinstance(occasion, Unusable) else Text(known, text, number, occasion)  # type: ignore[arg-type]


def _occasion_of(number: int, row: dict[str, object], given: Occasion) -> Occasion | Unusable:
    """What a line says of itself goes before what holds for the file."""
    named = _word(row.get("sector")) or _word(row.get("industry"))
    sector = sector_of(named) if named else given.sector
    if named and sector is None:
        return Unusable(number, f"第{number}行的行业“{named}”不认识，可填：{'、'.join(LABELS.values())}")
    kind = _word(row.get("type"))
    contract_type = contract_type_of(kind) if kind else given.contract_type
    if kind and contract_type is None:
        return Unusable(number, f"第{number}行的合同类型“{kind}”不认识，可填：{'、'.join(CONTRACT_LABELS.values())}")
    # Channels are told in many words (公众号, 展板); one that no rule speaks of is not known, not wrong.
    said = _word(row.get("channel"))
    channel = said if said in CHANNELS else given.channel
    whole = row.get("whole")
    return Occasion(sector, channel, contract_type, given.is_whole and whole is not False)


def _word(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def is_writable(text: str) -> bool:
    """JSON can spell halves of characters (\\ud800), which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _table(name: str, content: bytes, reading: Reading) -> Iterator[Text | Unusable]:
    # The reader of workbooks is loaded only when a workbook comes: start-up stays short.
    from guiju.sheets.read import read_table

    table = read_table(name, content)
    first = next(table, None)
    header = [cell.strip() for cell in first.cells] if first else []
    place = _text_column(name, header, reading.column)
    says = {key: header.index(title) for key, titles in _SAYS.items() for title in titles if title in header}
    for line in table:
        text = line.cells[place] if place < len(line.cells) else ""
        if text.strip():
            row: dict[str, object] = {key: line.cells[at].strip() for key, at in says.items() if at < len(line.cells)}
            row["channel"] = _CODES.get(str(row.get("channel")), row.get("channel"))
            occasion = _occasion_of(line.number, row, reading.occasion)
            yield occasion if isinstance(occasion, Unusable) else Text(line.number, text, line.number, occasion)


def _text_column(name: str, titles: list[str], column: str | None) -> int:
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
