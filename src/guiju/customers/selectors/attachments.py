"""Customers as what files belong to (客户的附件): who may see them, their card and their lines of the timeline."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Event, Panel
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


def file_panel(seen: Reading, customer: Customer) -> Panel | None:
    """The card 附件; None where the member may see no files, or nothing of the customer."""
    if not _is_shown(seen, customer):
        return None
    owner = _owner(seen, customer)
    may_add = customer.entity_id in sight_of(seen.member, "file.add", on=seen.on).scope
    is_frozen = customer.subject is not None and customer.subject.is_frozen(NAME)
    return Panel(
        "files/panel.html", {"lines": _lines(seen, owner), "owner": owner, "may_add": may_add, "is_frozen": is_frozen}
    )


def file_events(seen: Reading, customer: Customer) -> list[Event]:
    """When each file came in."""
    if not _is_shown(seen, customer):
        return []
    return [
        Event(
            line.row.made_at,
            "附件",
            f"上传“{line.name}”",
            line.row.by.user.name,
            reverse("attachment", args=[line.row.pk]),
        )
        for line in _lines(seen, _owner(seen, customer))
    ]


def _lines(seen: Reading, owner: Owner) -> list[Line]:
    """The files of a customer; asked once for the card and for the timeline."""
    known: dict[UUID, list[Line]] = seen.__dict__.setdefault("_files", {})
    if owner.pk not in known:
        known[owner.pk] = attachments_of(seen.member, owner)
    return known[owner.pk]


def _is_shown(seen: Reading, customer: Customer) -> bool:
    is_frozen = customer.subject is not None and customer.subject.frozen_at is not None
    return not is_frozen and customer.entity_id in sight_of(seen.member, "file.read", on=seen.on).scope
