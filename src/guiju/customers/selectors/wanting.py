"""Reads of values that wait for a consent (待补同意): whom to ask, for what, and how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet
from django.utils import timezone

from guiju.customers.models import Customer, CustomerImport, Wanting
from guiju.customers.selectors.reading import Reading
from guiju.customers.values import born, values_of
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of
from guiju.organisations.registry import PURPOSES
from guiju.privacy.ages import answerer_of, asks_about_each
from guiju.privacy.collecting import Circumstances
from guiju.privacy.fields import Field
from guiju.privacy.models import ConsentRequest
from guiju.privacy.selectors.consents import NOTHING, standings_of
from guiju.privacy.selectors.notices import Told, notice_in_force, told_by
from guiju.privacy.services.asking import Question, questions_about
from guiju.privacy.terms import Answerer

_IN_USE = {
    "closed_at": None,
    "customer__erased_at": None,
    "customer__hidden_at": None,
    "customer__subject__frozen_at": None,
}


def wanting_of(seen: Reading, *, source: str = "", owner: str = "") -> QuerySet[Wanting]:
    """What waits for a consent, of the customers in sight of the member's own company, the newest first."""
    rows = Wanting.objects.filter(**_IN_USE, entity_id=seen.member.entity_id)
    rows = seen.sight.of(rows, owner="customer__owner")
    if owner == "me":
        rows = rows.filter(customer__owner_id=seen.member.pk)
    if source:
        try:
            rows = rows.filter(source_id=UUID(source))
        except ValueError:
            return rows.none()
    return rows.select_related("customer__subject", "customer__owner__user", "source").order_by("-since", "-pk")


def count_wanting(member: Member) -> int:
    """How many of a member's own customers have something that waits for a consent, for a link."""
    if reach_of(member, "customer.read") is None or reach_of(member, "consent.record") is None:
        return 0
    rows = Wanting.objects.filter(**_IN_USE, entity_id=member.entity_id, customer__owner_id=member.pk)
    return rows.order_by().values("customer_id").distinct().count()


def sources_of(seen: Reading) -> list[CustomerImport]:
    """The imports of which something waits, the newest first."""
    wanted = wanting_of(seen).order_by().values("source_id")
    rows = CustomerImport.objects.filter(entity_id=seen.member.entity_id, pk__in=wanted)
    return list(rows.defer("content", "problems").order_by("-made_at")[:50])


@dataclass(frozen=True)
class WantingLine:
    """One value that waits: what it is called, for which purposes, how far it is, and who is asked."""

    row: Wanting
    label: str
    purposes: str
    state: str
    may_ask: bool
    answerer: Answerer


def lines_of_wanting(seen: Reading, rows: Iterable[Wanting]) -> list[WantingLine]:
    """These rows in words, at the cost of three queries."""
    found = list(rows)
    requests = ConsentRequest.objects.in_bulk([one.request_id for one in found if one.request_id])
    standings = standings_of([one.customer.subject_id for one in found if one.customer.subject_id])
    entity_id = seen.member.entity_id
    told = told_by(notice_in_force(entity_id))
    fields = seen.fields(entity_id, Customer.Kind.PERSON)
    lines = []
    for one in found:
        customer, known = one.customer, fields.get(one.field)
        standing = standings.get(customer.subject_id, NOTHING) if customer.subject_id else NOTHING
        assert customer.subject is not None
        age = customer.subject.age(born(values_of(customer)), seen.on)
        around = Circumstances(fields, told, seen.on, standing, age, seen.sector(entity_id))
        is_ready = not around.refusals(one.record, one.field)
        state, may_ask = _state(one, requests.get(one.request_id) if one.request_id else None, is_ready)
        questions = questions_of([one], fields, told, each=asks_about_each(age, around.sector))
        purposes = dict.fromkeys(PURPOSES.get(ask.purpose, ask.purpose) for ask in questions)
        answerer = answerer_of(age, around.sector)
        label = known.label if known else one.field
        lines.append(WantingLine(one, label, "、".join(purposes), state, may_ask and bool(questions), answerer))
    return lines


def _state(row: Wanting, request: ConsentRequest | None, is_ready: bool) -> tuple[str, bool]:
    if is_ready:
        return "已同意，请补录", False
    if request is None:
        return "没有征求过", True
    on = f"{timezone.localtime(request.made_at):%Y-%m-%d}"
    if request.answered_at is None and request.expires_at > timezone.now():
        return f"{on}征求，等待答复", False
    return (f"{on}征求，没有答复，已过期", True) if request.answered_at is None else (f"{on}征求，已答复", True)


def customers_in_order(lines: Sequence[WantingLine]) -> list[tuple[Customer, list[WantingLine]]]:
    """By customer, in the order in which they come."""
    found: dict[UUID, tuple[Customer, list[WantingLine]]] = {}
    for line in lines:
        found.setdefault(line.row.customer_id, (line.row.customer, []))[1].append(line)
    return list(found.values())


def questions_of(rows: Iterable[Wanting], fields: Mapping[str, Field], told: Told, *, each: bool) -> list[Question]:
    """What is to be asked so that these values may come in: one a purpose, or one a field and purpose."""
    known = [fields[row.field] for row in rows if row.field in fields]
    return list(dict.fromkeys(question for one in known for question in questions_about(one, told, each=each)))
