"""Customers as what files belong to (客户的附件): who may see them, their card and their lines of the timeline."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Beside, Event, Panel
from guiju.customers.selectors.reading import Reading, reading
from guiju.customers.values import born, values_of
from guiju.files.records import NAME
from guiju.files.registry import Owner
from guiju.files.selectors.attachments import Line, attachments_of
from guiju.organisations.models import Member
from guiju.organisations.permissions import sight_of

KIND = "customer"


def owner_seen(member: Member, customer_id: UUID, on: date) -> Owner:
    with reading(member, purpose="sales", on=on) as seen:
        return _owner(seen, seen.customer(customer_id))


def _owner(seen: Reading, customer: Customer) -> Owner:
    return Owner(
        KIND,
        customer.pk,
        customer.entity_id,
        customer.shown_name,
        reverse("customer_detail", args=[customer.pk]) + "#files",
        customer.subject,
        seen.treat_text(customer),
        customer.without_name,
    )


def born_of(customer_id: UUID) -> date | None:
    """The birthday that the record holds; asked within the scope of its company."""
    found = Customer.objects.filter(pk=customer_id).first()
    return None if found is None else born(values_of(found))


def ended_of(customers: Collection[UUID]) -> Mapping[UUID, date | None]:
    return dict(Customer.objects.filter(pk__in=customers).values_list("pk", "ended_on"))


def files_beside(seen: Reading, customer: Customer) -> Beside:
    """The card 附件, and when each file came in; nothing where the member may see no files, or nothing of the
    customer."""
    if not _is_shown(seen, customer):
        return Beside()
    owner = _owner(seen, customer)
    lines = attachments_of(seen.member, owner)
    may_add = customer.entity_id in sight_of(seen.member, "file.add", on=seen.on).scope
    is_frozen = customer.subject is not None and customer.subject.is_frozen(NAME)
    context = {"lines": lines, "owner": owner, "may_add": may_add, "is_frozen": is_frozen}
    return Beside(Panel("files/panel.html", context), [_event(line) for line in lines])


def _event(line: Line) -> Event:
    url = reverse("attachment", args=[line.row.pk])
    return Event(line.row.made_at, "附件", f"上传“{line.name}”", line.row.by.user.name, url)


def _is_shown(seen: Reading, customer: Customer) -> bool:
    is_frozen = customer.subject is not None and customer.subject.frozen_at is not None
    return not is_frozen and customer.entity_id in sight_of(seen.member, "file.read", on=seen.on).scope
