"""Customers as what files belong to (客户的附件): who may see them, their card and their lines of the timeline."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import Contact, Customer
from guiju.customers.registry import Beside, Event, Panel
from guiju.customers.selectors.reading import Reading, is_in_hands, reading
from guiju.customers.values import born, values_of
from guiju.files.models import Attachment
from guiju.files.records import NAME, RECORD
from guiju.files.registry import Owner, OwnerKind
from guiju.files.selectors.attachments import Line, attachments_of, field_of_grade
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.permissions import sight_of

KIND, CONTACT, _MOST = "customer", "contact", 200


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
        customer.without_name,
        is_in_hands(seen.member, customer),
        customer.subject,
        seen.treat_text(customer),
    )


def born_of(customer_id: UUID) -> date | None:
    """The birthday that the record holds; asked within the scope of its company."""
    found = Customer.objects.filter(pk=customer_id).first()
    return None if found is None else born(values_of(found))


def ended_of(customers: Collection[UUID]) -> Mapping[UUID, date | None]:
    return dict(Customer.objects.filter(pk__in=customers).values_list("pk", "ended_on"))


def contact_owner(seen: Reading, contact: Contact) -> Owner:
    address = reverse("contact_detail", args=[contact.pk]) + "#files"
    about = contact.without_name, is_in_hands(seen.member, contact), contact.subject, seen.treat_text(contact)
    return Owner(CONTACT, contact.pk, contact.entity_id, contact.shown_name, address, *about)


def contact_seen(member: Member, contact_id: UUID, on: date) -> Owner:
    with reading(member, purpose="sales", on=on) as seen:
        return contact_owner(seen, seen.contact(contact_id))


def contact_born(contact_id: UUID) -> date | None:
    found = Contact.objects.filter(pk=contact_id).first()
    return None if found is None else born(values_of(found))


def contacts_ended(contacts: Collection[UUID]) -> Mapping[UUID, date | None]:
    """When each was last contacted, or the company left; the earlier of the two."""
    rows = Contact.objects.filter(pk__in=contacts).values_list("pk", "ended_at", "customer__ended_on")
    days = {pk: [day for day in (ended_at and day_of(ended_at), ended_on) if day] for pk, ended_at, ended_on in rows}
    return {pk: min(some, default=None) for pk, some in days.items()}


def of_customer(
    code: str,
    label: str,
    model: type[Any],
    seen: Callable[[Member, UUID, date], Owner],
    locked: Callable[[Member, UUID, datetime], Owner],
) -> OwnerKind:
    """Records of customers that have files of their own: whom they are about, and when it ended, their customer says."""
    rows = model._default_manager

    def born_by_record(pk: UUID) -> date | None:
        customer_id = rows.filter(pk=pk).values_list("customer_id", flat=True).first()
        return None if customer_id is None else born_of(customer_id)

    def ended(ids: Collection[UUID]) -> Mapping[UUID, date | None]:
        return dict(rows.filter(pk__in=ids).values_list("pk", "customer__ended_on"))

    def tops(column: str, ids: Collection[UUID]) -> Mapping[UUID, UUID]:
        return dict(rows.filter(**{f"{column}__in": ids}).values_list("pk", "customer_id"))

    return OwnerKind(code, label, seen, locked, born_by_record, ended, tops)


def files_beside(seen: Reading, customer: Customer) -> Beside:
    """The card 附件, and when each file came in; nothing where the member may see no files, or nothing of the
    customer."""
    if not _is_shown(seen, customer):
        return Beside()
    owner = _owner(seen, customer)
    lines = _lines(seen, customer, owner)
    return Beside(_card(seen.member, owner, lines, seen.on), [_event(line) for line in lines])


def file_card(member: Member, owner: Owner, *, on: date) -> Panel | None:
    """The same card on the page of what belongs to a customer: an order, an opportunity, a contact."""
    is_frozen = owner.subject is not None and owner.subject.frozen_at is not None
    if is_frozen or owner.entity_id not in sight_of(member, "file.read", on=on).scope:
        return None
    return _card(member, owner, attachments_of(member, owner), on)


def _card(member: Member, owner: Owner, lines: list[Line], on: date) -> Panel:
    may_add = owner.entity_id in sight_of(member, "file.add", on=on).scope
    is_frozen = owner.subject is not None and owner.subject.is_frozen(NAME)
    return Panel(
        "files/panel.html",
        {"lines": lines, "owner": owner, "may_add": may_add, "is_frozen": is_frozen},
        "附件",
        [("上传", reverse("add_attachment", args=[owner.kind, owner.pk]))] if may_add else [],
        is_empty=not lines and not is_frozen,
    )


def files_of_contacts(seen: Reading, contacts: Sequence[Contact]) -> list[Event]:
    """When each file of these contacts of one customer came in; nothing where the member may see no files."""
    if not contacts or contacts[0].entity_id not in sight_of(seen.member, "file.read", on=seen.on).scope:
        return []
    by_id = {one.pk: one for one in contacts}
    rows = Attachment.objects.filter(owner_kind=CONTACT, owner_id__in=by_id, removed_at=None, erased_at=None)
    with_files = dict.fromkeys(rows.order_by("-made_at").values_list("owner_id", flat=True)[:_MOST])
    people = [by_id[pk] for pk in with_files]
    return [_event(line) for one in people for line in _lines(seen, one, contact_owner(seen, one))]


def _lines(seen: Reading, holder: Customer | Contact, owner: Owner) -> list[Line]:
    lines = attachments_of(seen.member, owner)
    seen.note_shown(holder, *{f"{RECORD}.{field_of_grade(line.row.grade)}" for line in lines})
    return lines


def _event(line: Line) -> Event:
    url = reverse("attachment", args=[line.row.pk])
    return Event(line.row.made_at, "附件", f"上传“{line.name}”", line.row.who, url)


def _is_shown(seen: Reading, customer: Customer) -> bool:
    is_frozen = customer.subject is not None and customer.subject.frozen_at is not None
    return not is_frozen and customer.entity_id in sight_of(seen.member, "file.read", on=seen.on).scope
