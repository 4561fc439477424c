"""Opportunities by stage, side by side (看板)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import F, QuerySet, Window
from django.db.models.functions import RowNumber

from guiju.sales.models import Opportunity
from guiju.sales.selectors.filtering import midnight, month_of
from guiju.sales.selectors.reading import Deals, Line, Total, total_of
from guiju.sales.selectors.stages import Stage

MOST_CARDS = 50


@dataclass(frozen=True)
class Column:
    """One stage with its first cards, and how many more there are."""

    stage: Stage
    lines: list[Line]
    total: Total

    @property
    def more(self) -> int:
        return self.total.count - len(self.lines)


@dataclass(frozen=True)
class Ended:
    """What was won or lost this month."""

    state: str
    label: str
    total: Total


def board_of(seen: Deals, rows: QuerySet[Opportunity]) -> list[Column]:
    """The open ones of these rows: what is expected first stands first."""
    mine = rows.filter(state=Opportunity.State.OPEN).order_by()
    order = [F("expected_on").asc(nulls_last=True), F("made_at").desc(), F("id").desc()]
    place = Window(RowNumber(), partition_by=F("stage"), order_by=order)
    cards = mine.annotate(place=place).filter(place__lte=MOST_CARDS).order_by("stage", "place")
    totals = {one["stage"]: total_of(one) for one in mine.values("stage").annotate(**seen.measures())}
    lines: dict[str, list[Line]] = {}
    for line in seen.lines(cards):
        lines.setdefault(line.row.stage, []).append(line)
    return [Column(one, lines.get(one.code, []), totals.get(one.code, Total())) for one in seen.stages.stages]


def ended_of(seen: Deals, rows: QuerySet[Opportunity]) -> list[Ended]:
    """What of these rows was won and lost since the first of the month."""
    done = rows.filter(closed_at__gte=midnight(month_of(seen.on))).order_by()
    totals = {one["state"]: total_of(one) for one in done.values("state").annotate(**seen.measures())}
    ended = (Opportunity.State.WON, Opportunity.State.LOST)
    return [Ended(one.value, one.label, totals.get(one.value, Total())) for one in ended]
