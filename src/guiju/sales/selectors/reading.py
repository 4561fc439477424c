"""Reads of opportunities as a member may see them (查看商机): those of the own company, as far as the right goes.

The name of a customer comes from the reading of customers only: who doesn't see the customer doesn't read
the name here either, and what is about somebody frozen shows no text.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django.db.models import Case, Count, DecimalField, ExpressionWrapper, F, Q, QuerySet, Sum, Value, When

from guiju.customers.models import FROZEN_NAME, Customer
from guiju.customers.selectors.reading import RESOURCE, reading
from guiju.customers.showing import names_opened_by
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import Sight, reach_of, treatment_of
from guiju.organisations.registry import Treatment
from guiju.organisations.selectors import seeing
from guiju.privacy.masking import treated_as
from guiju.privacy.registry import RECORDS
from guiju.privacy.scanning import masked_text
from guiju.sales.models import Opportunity
from guiju.sales.records import OPPORTUNITY
from guiju.sales.selectors.stages import Stages, stages_of

PURPOSE = "sales"
NOBODY_FROZEN = Q(customer__subject=None) | (
    Q(customer__subject__frozen_at=None)
    & ~Q(
        customer__subject__frozen_fields__has_any_keys=[
            "person.name",
            *(f"{OPPORTUNITY}.{code}" for code in RECORDS[OPPORTUNITY].fields),
        ]
    )
)
"""What is about nobody of whom the name, or what stands on opportunities, may only be stored."""

_MONEY: DecimalField[Decimal, Decimal] = DecimalField(max_digits=24, decimal_places=4)


@dataclass(frozen=True)
class Line:
    """An opportunity as somebody may see it; `customer` is empty where they don't see whose it is."""

    row: Opportunity
    name: str
    next_step: str
    lost_note: str
    customer: str
    stage: str
    days: int
    is_late: bool
    is_frozen: bool


@dataclass(frozen=True)
class Total:
    """How many, and what they come to; `weighted` is the sum by the probability of each stage."""

    count: int = 0
    amount: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)

    def __add__(self, other: Total) -> Total:
        return Total(self.count + other.count, self.amount + other.amount, self.weighted + other.weighted)


@dataclass(frozen=True)
class Deals:
    """Whose opportunities a member sees, on a day."""

    member: Member
    sight: Sight
    on: date

    @cached_property
    def stages(self) -> Stages:
        return stages_of(self.member.entity_id)

    def rows(self) -> QuerySet[Opportunity]:
        """The opportunities in sight, the newest first."""
        mine = Opportunity.objects.filter(entity_id=self.member.entity_id)
        found = self.sight.of(mine, owner="owner").select_related("owner__user", "customer__subject")
        return found.order_by("-made_at", "-id")

    def row(self, opportunity_id: UUID) -> Opportunity:
        found = self.rows().filter(pk=opportunity_id).first()
        if found is None:
            raise Missing("opportunity_missing", "没有这个商机，或您的角色看不到")
        return found

    def lines(self, rows: Iterable[Opportunity]) -> list[Line]:
        found = list(rows)
        names = customers_named(self.member, (one.customer_id for one in found), on=self.on)
        return [self._line(one, names.get(one.customer_id, "")) for one in found]

    def _line(self, row: Opportunity, customer: str) -> Line:
        is_frozen = is_stored(row.customer, OPPORTUNITY)

        def text(found: str) -> str:
            return text_about(row.customer, self.shown(found), shown=customer)

        return Line(
            row,
            name=FROZEN_NAME if is_frozen else text(row.name),
            next_step="" if is_frozen else text(row.next_step),
            lost_note="" if is_frozen else text(row.lost_note),
            customer=customer,
            stage=self.stages.label(row.stage) if row.is_open else row.get_state_display(),
            days=max((self.on - day_of(row.staged_at)).days, 0),
            is_late=row.is_open and any(day is not None and day < self.on for day in (row.next_on, row.expected_on)),
            is_frozen=is_frozen,
        )

    def named(self, row: Opportunity) -> str:
        """What an opportunity is called, as the member may see it."""
        return self.lines([row])[0].name

    def shown(self, text: str) -> str:
        """A text with its numbers as the member may see them."""
        return masked_text(text, treating(self.member, self.sight))

    def total(self, rows: QuerySet[Opportunity]) -> Total:
        """What these come to, whatever page is shown."""
        return total_of(rows.order_by().aggregate(**self.measures()))

    def measures(self) -> dict[str, Sum | Count]:
        """The aggregates of a `Total`."""
        odds = [When(stage=one.code, then=Value(Decimal(one.probability))) for one in self.stages.stages]
        chance = Case(
            When(state=Opportunity.State.WON, then=Value(Decimal(100))),
            When(state=Opportunity.State.LOST, then=Value(Decimal(0))),
            *odds,
            default=Value(Decimal(0)),
            output_field=_MONEY,
        )
        weighted = ExpressionWrapper(F("amount") * chance / Value(Decimal(100)), output_field=_MONEY)
        return {"count": Count("pk"), "amount_sum": Sum("amount"), "weighted_sum": Sum(weighted)}


def is_stored(customer: Customer, record: str) -> bool:
    """Whether what is written about a customer in such records may only be stored (仅存储), or their name."""
    return customer.is_frozen("name") or customer.has_frozen(record)


def treating(member: Member, sight: Sight) -> Callable[[str], Treatment]:
    """How numbers in free texts of the own company show in a list, by their category."""

    def treat(category: str) -> Treatment:
        return treatment_of(member, RESOURCE, treated_as(category), sight, member.entity_id)

    return treat


def total_of(found: Mapping[str, Any]) -> Total:
    """The `Total` of a row of aggregates."""
    weighted = found["weighted_sum"] or Decimal(0)
    return Total(found["count"], found["amount_sum"] or Decimal(0), weighted.quantize(Decimal("0.01")))


def text_about(customer: Customer, text: str, *, shown: str) -> str:
    """A text about a customer whose name shows as `shown`, or isn't in sight: a masked name is masked in it too."""
    with names_opened_by(lambda one: shown == one.name):
        return text if customer.subject_id is None else customer.without_name(text)


@contextmanager
def deals(member: Member, *, on: date, right: str = "opportunity.read") -> Iterator[Deals]:
    """Read opportunities; raises `NotAllowed` without the right."""
    with seeing(member, right, on=on) as sight:
        yield Deals(member, sight, on)


def customers_named(member: Member, customer_ids: Iterable[UUID], *, on: date) -> dict[UUID, str]:
    """The names of these customers that the member sees for selling; the others are left out."""
    wanted = set(customer_ids)
    if not wanted or reach_of(member, "customer.read") is None:
        return {}
    with reading(member, purpose=PURPOSE, on=on) as seen:
        return {one.pk: one.shown_name for one in seen.named(seen.customers().filter(pk__in=wanted))}
