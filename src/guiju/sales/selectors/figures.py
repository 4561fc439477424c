"""Sums of opportunities by month, owner, stage and reason (预测, 统计): each with the filter of the list that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import TypeVar
from uuid import UUID

from django.db.models import QuerySet
from django.db.models.functions import TruncMonth

from guiju.kernel.calendar.clock import CHINA
from guiju.organisations.models import Member
from guiju.privacy.uses import Use, register_use
from guiju.sales.models import Opportunity
from guiju.sales.selectors.filtering import (
    ALL,
    LATER,
    MONTHS_AHEAD,
    NONE,
    PAST,
    OpportunityFilter,
    midnight,
    month_of,
)
from guiju.sales.selectors.reading import PURPOSE, Deals, Total, total_of

_Key = TypeVar("_Key")
_WON, _LOST = Opportunity.State.WON, Opportunity.State.LOST
MONTHS_BACK = 6

FIGURES = register_use(Use("sales.figures", "商机的预测和统计", PURPOSE))


@dataclass(frozen=True)
class Figure:
    """A number with its words, and the list that it opens."""

    label: str
    total: Total
    asked: OpportunityFilter

    @property
    def query(self) -> str:
        return self.asked.query


@dataclass(frozen=True)
class Period:
    """A stretch of days that figures are about."""

    code: str
    label: str
    first: date
    last: date

    @property
    def made(self) -> dict[str, str]:
        return {"made_from": self.first.isoformat(), "made_to": self.last.isoformat()}

    @property
    def closed(self) -> dict[str, str]:
        return {"closed_from": self.first.isoformat(), "closed_to": self.last.isoformat()}


def periods(on: date) -> dict[str, Period]:
    quarter = month_of(on, -((on.month - 1) % 3))
    found = (
        Period("month", "本月", month_of(on), on),
        Period("quarter", "本季度", quarter, on),
        Period("year", "今年", date(on.year, 1, 1), on),
        Period("twelve", "近12个月", month_of(on, -11), on),
    )
    return {one.code: one for one in found}


def forecast_by_month(seen: Deals, rows: QuerySet[Opportunity], asked: OpportunityFilter) -> list[Figure]:
    """What is open by the month of its expected close; months in which nothing is are left out."""
    found = _summed(_by_month(seen, rows), lambda one: _bucket(one, seen.on))
    return [
        Figure(label, found[code], replace(asked, month=code))
        for code, label in month_choices(seen.on)
        if code in found
    ]


def month_choices(on: date) -> list[tuple[str, str]]:
    """The months of an expected close, as a list is narrowed to them."""
    months = [month_of(on, number) for number in range(MONTHS_AHEAD)]
    named = [(f"{one:%Y-%m}", f"{one.year}年{one.month}月") for one in months]
    return [(PAST, "以前月份"), *named, (LATER, "更晚"), (NONE, "没有日期")]


def forecast_by_owner(seen: Deals, rows: QuerySet[Opportunity], asked: OpportunityFilter) -> list[Figure]:
    """What is open by who has it in hand, the most first."""
    mine = rows.filter(state=Opportunity.State.OPEN).order_by()
    return _by_owner(seen, mine, asked)


def _by_month(seen: Deals, rows: QuerySet[Opportunity]) -> Iterable[tuple[date | None, Total]]:
    mine = rows.filter(state=Opportunity.State.OPEN).order_by()
    grouped = mine.annotate(month=TruncMonth("expected_on")).values("month").annotate(**seen.measures())
    return [(one["month"], total_of(one)) for one in grouped]


def _bucket(month: date | None, on: date) -> str:
    if month is None:
        return NONE
    if month < month_of(on):
        return PAST
    return LATER if month >= month_of(on, MONTHS_AHEAD) else f"{month:%Y-%m}"


def _summed(found: Iterable[tuple[_Key, Total]], key: Callable[[_Key], str]) -> dict[str, Total]:
    sums: dict[str, Total] = {}
    for one, total in found:
        sums[key(one)] = sums.get(key(one), Total()) + total
    return sums


def funnel(seen: Deals, rows: QuerySet[Opportunity], period: Period, asked: OpportunityFilter) -> list[Figure]:
    """Of what was entered in a period: how much got as far as each stage, and how much was won."""
    asked = replace(asked, state=ALL, **period.made)
    counted = asked.of(rows, seen).order_by().values("stage", "state").annotate(**seen.measures())
    found = [(one["stage"], one["state"], total_of(one)) for one in counted]
    figures = []
    for stage in seen.stages.stages:
        beyond = seen.stages.from_on(stage.code)
        total = sum((total for code, state, total in found if code in beyond or state == _WON), Total())
        figures.append(Figure(stage.label, total, replace(asked, reached=stage.code)))
    won = sum((total for _, state, total in found if state == _WON), Total())
    return [*figures, Figure("赢单", won, replace(asked, state=_WON.value))]


def won_by_month(seen: Deals, rows: QuerySet[Opportunity], asked: OpportunityFilter) -> list[Figure]:
    """What was won in each of the last months, the present one last."""
    first = month_of(seen.on, 1 - MONTHS_BACK)
    won = rows.filter(state=_WON, closed_at__gte=midnight(first)).order_by()
    grouped = won.annotate(month=TruncMonth("closed_at", tzinfo=CHINA)).values("month").annotate(**seen.measures())
    found = {one["month"].date(): total_of(one) for one in grouped}
    figures = []
    for number in range(MONTHS_BACK):
        month = month_of(first, number)
        last = month_of(month, 1) - timedelta(days=1)
        wanted = replace(asked, state=_WON.value, closed_from=month.isoformat(), closed_to=last.isoformat())
        figures.append(Figure(f"{month.year}年{month.month}月", found.get(month, Total()), wanted))
    return figures


def lost_by_reason(seen: Deals, rows: QuerySet[Opportunity], period: Period, asked: OpportunityFilter) -> list[Figure]:
    """Why what was lost in a period was lost, the most first."""
    asked = replace(asked, state=_LOST.value, **period.closed)
    counted = asked.of(rows, seen).order_by().values("lost_reason").annotate(**seen.measures())
    figures = [
        Figure(seen.stages.reason(one["lost_reason"]), total_of(one), replace(asked, reason=one["lost_reason"]))
        for one in counted
    ]
    return sorted(figures, key=lambda one: (-one.total.count, one.label))


def won_by_owner(seen: Deals, rows: QuerySet[Opportunity], period: Period, asked: OpportunityFilter) -> list[Figure]:
    """What each won in a period, the most first."""
    asked = replace(asked, state=_WON.value, **period.closed)
    return _by_owner(seen, asked.of(rows, seen).order_by(), asked)


def _by_owner(seen: Deals, rows: QuerySet[Opportunity], asked: OpportunityFilter) -> list[Figure]:
    found = {one["owner_id"]: total_of(one) for one in rows.values("owner_id").annotate(**seen.measures())}
    names = names_of_owners(found)
    figures = [Figure(names[pk], total, replace(asked, owner=str(pk))) for pk, total in found.items()]
    return sorted(figures, key=lambda one: (-one.total.amount, -one.total.count, one.label))


def names_of_owners(ids: Iterable[UUID]) -> dict[UUID, str]:
    members = Member.objects.filter(pk__in=list(ids)).select_related("user")
    return {one.pk: one.user.name for one in members}


def owners_of(seen: Deals) -> dict[UUID, str]:
    """Who has something in hand that the member sees, by name."""
    ids = seen.rows().order_by().values_list("owner_id", flat=True).distinct()
    return dict(sorted(names_of_owners(ids).items(), key=lambda one: one[1]))
