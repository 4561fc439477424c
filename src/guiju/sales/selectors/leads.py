"""Reads of leads (线索): those whose customers are in the member's hands, as far as opportunities are in sight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from guiju.customers.models import FROZEN_NAME
from guiju.customers.registry import LISTS, ListKind
from guiju.customers.selectors.cells import Cell
from guiju.customers.selectors.reading import reading
from guiju.kernel.errors import Missing
from guiju.organisations.permissions import reach_of
from guiju.sales.models import Lead
from guiju.sales.records import OPPORTUNITY
from guiju.sales.selectors.figures import Period
from guiju.sales.selectors.filtering import ALL, between
from guiju.sales.selectors.reading import PURPOSE, Deals, is_stored, text_about

SHOWN = ("phone", "company", "source")
"""What of the customer's record stands beside the name."""


@dataclass(frozen=True)
class LeadLine:
    """A lead as somebody may see it; without a name where they don't see whose it is."""

    row: Lead
    customer: str
    interest: str
    note: str
    reason: str
    cells: tuple[Cell | None, ...]
    is_frozen: bool
    opens: bool
    """Whether the opportunity that it became is in sight."""


@dataclass(frozen=True)
class LeadFilter:
    """Empty stands for no narrowing, but for `state`: what waits shows unless something else is asked for."""

    state: str = Lead.State.OPEN.value
    owner: str = ""
    reason: str = ""
    made_from: str = ""
    made_to: str = ""

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> LeadFilter:
        known = {one.name for one in fields(cls)}
        return cls(**{name: query[name].replace("\x00", "") for name in known & query.keys() if query[name]})

    @property
    def query(self) -> str:
        """The address's part that asks for the same."""
        usual = LeadFilter()
        return urlencode({name: value for name, value in vars(self).items() if value != getattr(usual, name)})

    def of(self, seen: Deals) -> QuerySet[Lead]:
        """The leads in sight narrowed, the newest first; what nobody could mean finds nothing."""
        wanted = [] if self.state == ALL else [Q(state=self.state)]
        try:
            if self.owner:
                wanted.append(Q(customer__owner_id=seen.member.pk if self.owner == "me" else UUID(self.owner)))
            wanted += between("made_at", self.made_from, self.made_to)
        except ValueError:
            return Lead.objects.none()
        if self.reason:
            wanted.append(Q(reason=self.reason))
        return leads_of(seen).filter(*wanted).order_by("-made_at", "-id")


KEPT = frozenset(one.name for one in fields(LeadFilter))
LISTS["leads"] = ListKind("线索", "lead_list", "opportunity.read", KEPT.__contains__)


def leads_of(seen: Deals) -> QuerySet[Lead]:
    rows = Lead.objects.filter(entity_id=seen.member.entity_id)
    return seen.sight.of(rows, owner="customer__owner").select_related("customer__subject", "customer__owner__user")


def lead_of(seen: Deals, lead_id: UUID) -> Lead:
    found = leads_of(seen).filter(pk=lead_id).first()
    if found is None:
        raise Missing("lead_missing", "没有这条线索，或您的角色看不到")
    return found


def lead_lines(seen: Deals, rows: Iterable[Lead]) -> list[LeadLine]:
    """These with their customers, read for selling through the reading of customers."""
    found = list(rows)
    cells = _cells(seen, found)
    became = [one.opportunity_id for one in found if one.opportunity_id]
    opens = set(seen.rows().filter(pk__in=became).order_by().values_list("pk", flat=True)) if became else set()
    return [_line(seen, one, cells.get(one.customer_id), opens=one.opportunity_id in opens) for one in found]


def _cells(seen: Deals, rows: list[Lead]) -> dict[UUID, tuple[str, dict[str, Cell]]]:
    if not rows or reach_of(seen.member, "customer.read") is None:
        return {}
    with reading(seen.member, purpose=PURPOSE, on=seen.on) as customers:
        some = list(customers.customers().filter(pk__in={one.customer_id for one in rows}))
        cells = customers.cells(some, codes=SHOWN)
        return {one.pk: (one.shown_name, dict(cells[one.pk])) for one in some}


def _line(seen: Deals, row: Lead, known: tuple[str, dict[str, Cell]] | None, *, opens: bool) -> LeadLine:
    customer, cells = known or ("", {})
    is_frozen = is_stored(row.customer, OPPORTUNITY)

    def text(found: str) -> str:
        return "" if is_frozen else text_about(row.customer, seen.shown(found), shown=customer)

    return LeadLine(
        row,
        FROZEN_NAME if is_frozen else customer,
        text(row.interest),
        text(row.note),
        seen.stages.reason(row.reason) if row.reason else "",
        tuple(cells.get(code) for code in SHOWN),
        is_frozen,
        opens,
    )


@dataclass(frozen=True)
class LeadFigure:
    """A number of leads with its words, and the list that it opens."""

    label: str
    count: int
    asked: LeadFilter


def lead_figures(seen: Deals, period: Period, owner: str = "") -> list[LeadFigure]:
    """What was entered in a period and became of it (线索的转化), why not by reason; in one read."""
    asked = LeadFilter(state=ALL, owner=owner, **period.made)
    counted = asked.of(seen).order_by().values_list("state", "reason").annotate(count=Count("pk"))
    found = {(state, reason): count for state, reason, count in counted}

    def figure(label: str, state: str, reason: str = "") -> LeadFigure:
        wanted = {key for key in found if (state == ALL or key[0] == state) and (not reason or key[1] == reason)}
        narrowed = LeadFilter(state, owner, reason, asked.made_from, asked.made_to)
        return LeadFigure(label, sum(found[key] for key in wanted), narrowed)

    given_up = Lead.State.DISCARDED.value
    reasons = sorted({reason for state, reason in found if state == given_up})
    return [
        figure("登记", ALL),
        *(figure(Lead.State(one).label, one) for one in Lead.State.values),
        *(figure(f"不再跟进：{seen.stages.reason(one)}", given_up, one) for one in reasons),
    ]
