"""Merged cells (合并单元格): each of them says what the first says, as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple


class Span(NamedTuple):
    """Cells that are merged: columns from 0, rows by their number."""

    left: int
    top: int
    right: int
    bottom: int


Raw = tuple[int, list[str], Sequence[Span]]
"""A row as the file holds it: its number, its cells, and the merged cells that reach into it."""


class Row(NamedTuple):
    """A row with its number, its cells with merged ones filled, those of its own, and what is merged."""

    number: int
    cells: list[str]
    own: list[str]
    spans: Sequence[Span]

    def is_empty(self) -> bool:
        return not any(self.cells)


def filled(rows: Iterable[Raw]) -> Iterator[Row]:
    """The rows with the value of each merged cell wherever it reaches."""
    values: dict[Span, str] = {}
    for number, own, spans in rows:
        if not spans:
            yield Row(number, own, own, spans)
            continue
        values = {span: values[span] if span in values else _at(own, span.left) for span in spans}
        cells = list(own)
        for span, value in values.items():
            reach = range(span.left, min(span.right + 1, len(cells)))
            cells[span.left : reach.stop] = [value] * len(reach)
        yield Row(number, cells, own, spans)


def _at(cells: Sequence[str], place: int) -> str:
    return cells[place] if place < len(cells) else ""
