"""Which fields the records of this part hold, and how each value came in (留存的字段): for searches, without values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from guiju.customers.models import FROZEN_NAME, Contact, Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.values import ERASED_NAME, born, origin_of, values_of
from guiju.database.scope import require_scope
from guiju.files.selectors.attachments import with_files
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.permissions import reach_of, sight_of
from guiju.privacy.masking import masked
from guiju.privacy.registry import RECORDS, Held
from guiju.privacy.scanning import tells_sensitive

Model = type[Customer] | type[Contact]


def after(model: Model, entity_id: UUID, last: UUID | None, most: int) -> Sequence[Held]:
    """The records behind an id, in their order; who was erased is passed over."""
    rows = _rows(model, entity_id).order_by("pk")
    return _held(list((rows if last is None else rows.filter(pk__gt=last))[:most]))


def of(model: Model, entity_id: UUID, ids: Collection[UUID]) -> Sequence[Held]:
    """Those with these ids, or of these people."""
    return _held(list(_rows(model, entity_id).filter(Q(pk__in=ids) | Q(subject_id__in=ids)).order_by("pk")))


def _rows(model: Model, entity_id: UUID) -> QuerySet[Any]:
    require_scope()
    whose = ("subject", "customer") if model is Contact else ("subject", "merged_into")
    rows = model._default_manager.filter(entity_id=entity_id).select_related(*whose)
    return rows.filter(Q(subject=None) | Q(subject__erased_at=None))


def _held(rows: Sequence[Customer | Contact]) -> list[Held]:
    people = {row.subject_id for row in rows if row.subject_id}
    many = _with_several(people) | with_files(people)
    return [_one(row, row.subject_id not in many) for row in rows]


def _one(row: Customer | Contact, is_alone: bool) -> Held:
    values = values_of(row)
    if values.get("name") == ERASED_NAME:
        del values["name"]
    return Held(
        row.pk,
        row.record,
        {code: origin_of(row, code) for code in values},
        row.subject,
        born(values),
        ended_on(row),
        is_alone,
        telling=frozenset(_telling(row.record, values)),
    )


def _telling(record: str, values: Mapping[str, str]) -> Iterator[str]:
    built_in = RECORDS[record].fields
    return (code for code, text in values.items() if code not in built_in and tells_sensitive(text))


def ended_on(row: Customer | Contact) -> date | None:
    """When the relation ended: with the customer, or before with the one who speaks for it."""
    if isinstance(row, Customer):
        return row.merged_into.ended_on if row.merged_into else row.ended_on
    ends = [row.customer.ended_on, day_of(row.ended_at) if row.ended_at else None]
    return min((one for one in ends if one is not None), default=None)


def _with_several(people: Collection[UUID]) -> set[UUID]:
    """Who of these has more than one record."""
    counts: dict[UUID, int] = {}
    for model in (Customer, Contact):
        rows = model._default_manager.filter(subject_id__in=people).order_by().values_list("subject_id")
        for pk, count in rows.annotate(count=Count("pk")):
            counts[pk] = counts.get(pk, 0) + count
    return {pk for pk, count in counts.items() if count > 1}


def names(model: Model, member: Member, ids: Collection[UUID]) -> Mapping[UUID, tuple[str, str]]:
    """Whom these records are about, masked, and where the member may look at them; who is out of sight is left out."""
    if reach_of(member, "customer.read") is None:
        return {}
    with reading(member, purpose="compliance", on=timezone.localdate()) as seen:
        rows: QuerySet[Any] = seen.customers().filter(pk__in=ids)
        if model is Contact:
            rows = Contact.objects.filter(pk__in=ids, customer__in=seen.customers()).select_related("subject")
        return {row.pk: (_shown(row), _address(row)) for row in rows}


def with_consents(model: Model, member: Member, ids: Collection[UUID]) -> Collection[UUID]:
    """Those among these records whose consents the member may read."""
    if reach_of(member, "customer.read") is None or reach_of(member, "consent.read") is None:
        return set()
    on = timezone.localdate()
    with reading(member, purpose="compliance", on=on) as seen:
        customers = sight_of(member, "consent.read", on=on).of(seen.customers(), owner="owner")
        if model is Contact:
            return set(Contact.objects.filter(pk__in=ids, customer__in=customers).values_list("pk", flat=True))
        return set(customers.filter(pk__in=ids).values_list("pk", flat=True))


def _shown(row: Customer | Contact) -> str:
    name = row.shown_name
    is_plain = row.subject is None or name in (FROZEN_NAME, ERASED_NAME)
    return name if is_plain else masked("name", name)


def _address(row: Customer | Contact) -> str:
    return reverse("contact_detail" if isinstance(row, Contact) else "customer_detail", args=[row.pk])
