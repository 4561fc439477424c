"""工作台: cards that parts offer; `project` says which, each shows what is true now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest

from guiju.web.paging import COUNTED


@dataclass(frozen=True)
class Bar:
    """One bar of a chart, and the list that it opens; `said` stands in place of a number that isn't told.

    `amount` is what a bar of money is drawn by, `money` how it is written.
    """

    label: str
    count: int | None
    url: str = ""
    amount: Decimal | None = None
    money: str = ""
    said: str = ""


@dataclass(frozen=True)
class Card:
    """A number that opens what it counts, a list of such numbers, or bars over a table of them.

    `shows` says which number of the bars is drawn: count or amount.
    """

    title: str
    number: int | None = None
    unit: str = ""
    url: str = ""
    note: str = ""
    lines: tuple[tuple[str, int, str], ...] = field(default=())
    bars: tuple[Bar, ...] = field(default=())
    shows: str = "count"

    @property
    def has_amounts(self) -> bool:
        return any(one.money for one in self.bars)


def counted(label: str, rows: QuerySet[Any], url: str) -> Bar:
    """How many rows the list behind `url` has, counted as far as the list counts itself."""
    count = rows.order_by()[: COUNTED + 1].count()
    return Bar(label, min(count, COUNTED), url, said=f"超过 {COUNTED}" if count > COUNTED else "")


CARDS: list[Callable[[HttpRequest], Card | None]] = []

NOTICES: list[Callable[[HttpRequest], list[str]]] = []
"""What everybody is told above the cards, in sentences."""
