"""Lists that go out as their pages show them (表格): each part says once what its columns are, and by which right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

OWN = "own."
"""Before the code under which a list that everybody has of their own is logged as taken out."""


@dataclass(frozen=True)
class Column:
    """A column of a list: its title, and what of a line stands in it."""

    title: str
    of: Callable[[Any], Any]
    width: int = 16


@dataclass(frozen=True)
class Sheet:
    """A list on its way out: how many rows, and each of them in the order of the header."""

    count: int
    header: Sequence[str]
    widths: Sequence[int]
    rows: Iterable[Sequence[Any]]


def sheet_of(columns: Sequence[Column], lines: Iterable[Any], *, count: int | None = None) -> Sheet:
    """The lines of a page as rows; `count` says how many they are, where they come one after the other."""
    if count is None:
        lines = list(lines)
        count = len(lines)
    rows = ([one.of(line) for one in columns] for line in lines)
    return Sheet(count, [one.title for one in columns], [one.width for one in columns], rows)


@dataclass(frozen=True)
class Table:
    """A list that goes out as a workbook.

    `opened` gives the list for a request, whose query is that of the page, and a purpose. `back` names the page,
    whose `args` stand in the query. With `purposes` people's values stand in it, and it asks for which of them, and
    why; `right` is what taking it out needs, nothing for what is one's own.
    """

    label: str
    back: str
    right: str
    opened: Callable[[Any, str], AbstractContextManager[Sheet]]
    purposes: Sequence[str] = ()
    args: Sequence[str] = ()


TABLES: dict[str, Table] = {}
"""By code; the views of each part add theirs."""
