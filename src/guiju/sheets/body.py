"""The records of a table below its header: without totals, repeated headers and captions between them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from guiju.sheets.header import Header, letter_of
from guiju.sheets.merged import Row
from guiju.sheets.read import Line

_TOTAL = re.compile(r"(?:\S{0,8}(?:合计|总计|小计)|共计|总和|累计)(?:[(（]\S{0,8}[)）])?(?:[:：].*)?")
_SHOWN = 5


class Body:
    """Picks the records out of the rows, and keeps in `notes` what it left out."""

    def __init__(self, header: Header) -> None:
        self._last_header_line = header.rows[-1].number
        self._places = [title.place for title in header.titles]
        self._width = self._places[-1] + 1
        self._untitled = sorted(set(range(self._width)) - set(self._places))
        self._headers = [self._words(row.cells) for row in header.rows]
        self._header_words = {word for words in self._headers for word in words}
        self._skipped: dict[str, _Lines] = {}

    @property
    def notes(self) -> list[str]:
        return [f"{lines}{reason}" for reason, lines in self._skipped.items()]

    def lines(self, rows: Iterable[Row]) -> Iterator[Line]:
        """The records, each with a cell for every title."""
        for row in rows:
            if row.number <= self._last_header_line or row.is_empty():
                continue
            if reason := self._reason_to_skip(row):
                self._note(reason, row.number)
                continue
            cells = row.cells
            if len(cells) < self._width:
                cells = cells + [""] * (self._width - len(cells))
            elif len(cells) > self._width or self._untitled:
                self._note_beyond(row)
            yield Line(row.number, cells)

    def _reason_to_skip(self, row: Row) -> str | None:
        first = row.cells[0] or next(cell for cell in row.cells if cell)
        # Most rows are told from a total by one letter, without the pattern.
        if ("计" in first or "总和" in first) and len(first) < 40 and _TOTAL.fullmatch("".join(first.split())):
            return "是合计，没有读入"
        if any(span.left <= self._places[0] and span.right >= self._places[-1] > span.left for span in row.spans):
            return "是合并成一格的说明，没有读入"
        if first in self._header_words and self._words(row.cells) in self._headers:
            return "重复了表头，没有读入"
        return None

    def _words(self, cells: Sequence[str]) -> list[str]:
        return [cells[place] for place in self._places if place < len(cells) and cells[place]]

    def _note_beyond(self, row: Row) -> None:
        """Columns without a title have no place in the table; a csv line with a comma too many has them too."""
        places = [*self._untitled, *range(self._width, len(row.cells))]
        if place := next((place for place in places if place < len(row.own) and row.own[place]), None):
            self._note(f"在没有标题的{letter_of(place)}列有内容", row.number)

    def _note(self, reason: str, number: int) -> None:
        self._skipped.setdefault(reason, _Lines()).add(number)


class _Lines:
    """The numbers of lines for a sentence: the first few, and how many."""

    def __init__(self) -> None:
        self._first: list[int] = []
        self._count = 0

    def add(self, number: int) -> None:
        self._count += 1
        if self._count <= _SHOWN:
            self._first.append(number)

    def __str__(self) -> str:
        numbers = "、".join(map(str, self._first))
        return f"第{numbers}行" if self._count <= _SHOWN else f"第{numbers}等{self._count}行"
