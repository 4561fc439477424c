"""Records out of delimited text (csv, tsv): streamed, however long the text is.

A csv file says nowhere what parts its cells; the delimiter is the one that gives most records of one
width. What people copy out of Excel is not csv: there a quote at the beginning of a cell is a quote,
unless a line break or a tab stands in the cell.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator

from guiju.kernel.errors import Refused

WIDEST = 500
DELIMITERS = {",": "逗号", "\t": "制表符", ";": "分号", "，": "全角逗号"}
SAMPLE = 4000
_LONGEST_LINE = 4_000_000
_LONGEST_RECORD = 20_000_000
_QUOTED = re.compile(r'"((?:[^"]++|"")*+)"(?=[\t\r\n]|\Z)')
_BARE = re.compile(r"[^\t\r\n]*")

Record = tuple[int, list[str]]
"""The number of its first line, and its cells."""


def delimiter_of(sample: str) -> str:
    """The delimiter of which most records of the sample have one width; a comma when none parts anything."""
    score = {mark: _regular(sample, mark) for mark in DELIMITERS}
    return max(DELIMITERS, key=score.__getitem__)


def is_regular(sample: str, delimiter: str) -> bool:
    """Whether the delimiter gives every record the same width, two cells at least."""
    widths = _widths(sample, delimiter)
    return len(set(widths)) == 1 and widths[0] > 1


def _regular(sample: str, delimiter: str) -> tuple[int, int]:
    widths = Counter(width for width in _widths(sample, delimiter) if width > 1)
    return max(((count, width) for width, count in widths.items()), default=(0, 0))


def _widths(sample: str, delimiter: str) -> list[int]:
    try:
        widths = [len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return []
    # The last record of a sample may be cut off.
    return widths[:-1] if len(sample) >= SAMPLE and len(widths) > 1 else widths


def records(where: str, file: io.TextIOBase, delimiter: str) -> Iterator[Record]:
    """The records of an opened text; `where` names it in a refusal."""
    lines = _Lines(where, file)
    reader = csv.reader(lines, delimiter=delimiter, strict=False)
    first = 1
    try:
        for row in reader:
            if len(row) > WIDEST:
                raise Refused("file_wide", f"{where}第{first}行有{len(row)}列，最多{WIDEST}列")
            yield first, [cell.strip() for cell in row]
            first = reader.line_num + 1
            lines.length = 0
    except csv.Error:
        # The only error of a lenient reader: a cell longer than csv.field_size_limit().
        raise Refused(
            "file_damaged", f"{where}第{first}行有一格超过十三万字，读不下去：多半是少了一个引号，请补上再试"
        ) from None


class _Lines:
    """The lines of a text; refuses one, or a record of many, that would fill the memory."""

    def __init__(self, where: str, file: io.TextIOBase) -> None:
        self._where = where
        self._file = file
        self._number = 0
        self.length = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._file.readline(_LONGEST_LINE)
        if not line:
            raise StopIteration
        self._number += 1
        self.length += len(line)
        if self.length > _LONGEST_RECORD or len(line) == _LONGEST_LINE:
            raise Refused(
                "file_damaged", f"{self._where}第{self._number}行太长，读不下去：多半是少了换行或引号，请补上再试"
            )
        return line


def pasted_records(where: str, text: str) -> Iterator[Record]:
    """The records of a block that was copied out of Excel: cells parted by tabs."""
    number, place = 1, 0
    while place < len(text):
        cells, first = [], number
        while True:
            cell, place = _pasted_cell(text, place)
            number += cell.count("\n")
            cells.append(cell.strip())
            if text[place : place + 1] != "\t":
                break
            place += 1
        place += 2 if text.startswith("\r\n", place) else 1
        number += 1
        if len(cells) > WIDEST:
            raise Refused("file_wide", f"{where}第{first}行有{len(cells)}列，最多{WIDEST}列")
        yield first, cells


def _pasted_cell(text: str, place: int) -> tuple[str, int]:
    """The cell that begins here, and where it ends."""
    quoted = _QUOTED.match(text, place)
    if quoted and any(mark in quoted[1] for mark in ("\n", "\r", "\t", '""')):
        return quoted[1].replace('""', '"'), quoted.end()
    bare = _BARE.match(text, place)
    assert bare
    return bare[0], bare.end()
