"""What a list of opportunities is narrowed to: every number of this part opens such a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import F, Q, QuerySet

from guiju.customers.registry import LISTS, ListKind
from guiju.kernel.calendar.clock import CHINA
from guiju.privacy.registry import RECORDS
from guiju.sales.models import Opportunity
from guiju.sales.selectors.by_stage import ByStage, in_order_of_stages
from guiju.sales.selectors.reading import NOBODY_FROZEN, Deals

ALL, OPEN = "all", "open"
PAST, LATER, NONE = "past", "later", "none"
MONTHS_AHEAD = 12

SORTS = {
    "newest": (F("made_at").desc(), F("id").desc()),
    "amount": (F("amount").desc(nulls_last=True), F("id").desc()),
    "expected": (F("expected_on").asc(nulls_last=True), F("id").desc()),
}


def sources() -> dict[str, str]:
    """Where customers come from, and so opportunities, by code."""
    return dict(RECORDS["company"].fields["source"].choices)


@dataclass(frozen=True)
class OpportunityFilter:
    """Empty stands for no narrowing, but for `state`: what is open shows unless something else is asked for.

    `reached` is a stage at which or beyond which something stands, or was won from. `month` is that of the expected
    close: 2026-12, past, later or none; `source` a code, or none. `due` is what waits: the next step or the expected
    close is here or over.
    """

    search: str = ""
    state: str = OPEN
    stage: str = ""
    reached: str = ""
    owner: str = ""
    month: str = ""
    reason: str = ""
    source: str = ""
    due: str = ""
    made_from: str = ""
    made_to: str = ""
    closed_from: str = ""
    closed_to: str = ""
    sort: str = "newest"

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> OpportunityFilter:
        known = {one.name for one in fields(cls)}
        return cls(**{name: query[name].replace("\x00", "") for name in known & query.keys() if query[name]})

    @property
    def query(self) -> str:
        """The address's part that asks for the same."""
        usual = OpportunityFilter()
        return urlencode({name: value for name, value in vars(self).items() if value != getattr(usual, name)})

    @property
    def is_narrowed(self) -> bool:
        return any(value for name, value in vars(self).items() if name not in ("state", "sort"))

    def of(self, rows: QuerySet[Opportunity], seen: Deals) -> QuerySet[Opportunity]:
        """These rows narrowed; what nobody could mean finds nothing."""
        try:
            found = rows.filter(*self._conditions(seen))
        except ValueError:
            return rows.none()
        if self.sort == "stage":
            return in_order_of_stages(found, seen.stages)
        return found.order_by(*SORTS.get(self.sort, SORTS["newest"]))

    def paged(self, rows: QuerySet[Opportunity], seen: Deals) -> QuerySet[Opportunity] | ByStage:
        """What `of` returned, to take a page of: no more of it is read than the page needs."""
        return ByStage(rows, seen.stages) if self.sort == "stage" and not rows.query.is_empty() else rows

    def _conditions(self, seen: Deals) -> list[Q]:
        wanted = []
        if self.state != ALL:
            wanted.append(Q(state=self.state))
        if self.stage:
            wanted.append(Q(stage=self.stage))
        if self.reached:
            wanted.append(Q(stage__in=seen.stages.from_on(self.reached)) | Q(state=Opportunity.State.WON))
        if self.owner:
            wanted.append(Q(owner_id=seen.member.pk if self.owner == "me" else UUID(self.owner)))
        if self.reason:
            wanted.append(Q(lost_reason=self.reason))
        if self.source:
            wanted.append(Q(source="" if self.source == NONE else self.source))
        if self.month:
            wanted.append(_in_month(self.month, seen.on))
        if self.due:
            wanted += [is_due(seen.on), NOBODY_FROZEN]
        wanted += between("made_at", self.made_from, self.made_to)
        wanted += between("closed_at", self.closed_from, self.closed_to)
        if words := self.search.strip():
            # Nobody is found by what may only be stored.
            wanted.append(Q(name__contains=words) & NOBODY_FROZEN)
        return wanted


KEPT = frozenset(one.name for one in fields(OpportunityFilter)) - {"search"}
LISTS["opportunities"] = ListKind("商机", "opportunity_list", "opportunity.read", KEPT.__contains__)


def is_due(on: date) -> Q:
    """What waits for its owner on a day: the next step is here, or the expected close is over."""
    return Q(state=OPEN) & (Q(next_on__lte=on) | Q(expected_on__lt=on))


def month_of(on: date, number: int = 0) -> date:
    """The first day of a month, so many months on."""
    months = on.year * 12 + on.month - 1 + number
    return date(months // 12, months % 12 + 1, 1)


def _in_month(month: str, on: date) -> Q:
    match month:
        case "past":
            return Q(expected_on__lt=month_of(on))
        case "later":
            return Q(expected_on__gte=month_of(on, MONTHS_AHEAD))
        case "none":
            return Q(expected_on=None)
    first = date.fromisoformat(f"{month}-01")
    return Q(expected_on__gte=first, expected_on__lt=month_of(first, 1))


def between(column: str, first: str, last: str) -> list[Q]:
    wanted = []
    if first:
        wanted.append(Q(**{f"{column}__gte": midnight(date.fromisoformat(first))}))
    if last:
        day = date.fromisoformat(last)
        wanted.append(Q(**{f"{column}__lt": midnight(day + timedelta(days=1)) if day < date.max else midnight(day)}))
    return wanted


def midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CHINA)
