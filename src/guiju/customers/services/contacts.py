"""The people at a company that is a customer (联系人): entered, changed, no longer contacted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Contact, Customer
from guiju.customers.services.customers import locked_customer
from guiju.customers.services.intake import How, take_in
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.selectors import version_of
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Member
from guiju.privacy.services.freezing import refuse_frozen


@dataclass(frozen=True)
class SavedContact:
    """What was saved, and the values that weren't."""

    contact: Contact
    refused: tuple[Problem, ...] = field(default=())


@transaction.atomic
def add_contact(
    *,
    customer_id: UUID,
    values: Mapping[str, str],
    how: How,
    actor: Member,
    at: datetime,
    is_main: bool = False,
) -> SavedContact:
    """Enter a person at a company (登记联系人); the first one is the main one."""
    customer = locked_customer(customer_id, actor, "customer.change", at)
    if customer.kind != Customer.Kind.COMPANY:
        raise Refused("customer_is_person", "个人客户没有联系人：修改客户本人的资料就可以")
    with scope_with(customer.entity_id):
        others = Contact.objects.filter(customer=customer, ended_at=None)
        contact = Contact(
            id=new_id(),
            entity_id=customer.entity_id,
            customer=customer,
            is_main=is_main or not others.exists(),
            made_at=at,
            changed_at=at,
        )
        act = Act("customers.add_contact", actor, at)
        with one_entry(act, about=contact):
            refused = take_in(contact, values, how, act, is_new=True)
            contact.save(force_insert=True)
            record(act, entity_id=contact.entity_id, subject=contact)
            if contact.is_main:
                _only_main(contact, act)
    return SavedContact(contact, refused)


@transaction.atomic
def change_contact(
    *,
    contact_id: UUID,
    values: Mapping[str, str],
    how: How,
    actor: Member,
    at: datetime,
    is_main: bool = False,
    seen: int | None = None,
) -> SavedContact:
    """Change values of a contact (修改联系人); an empty one is taken away, one that isn't given stays."""
    contact = _locked(contact_id, actor, at)
    act = Act("customers.change_contact", actor, at)
    return change_values_of(contact, values, how, act, seen, is_main=is_main)


def change_values_of(
    contact: Contact, values: Mapping[str, str], how: How, act: Act, seen: int | None, *, is_main: bool = False
) -> SavedContact:
    """The same for services that have locked the contact and asked permission."""
    with scope_with(contact.entity_id):
        if seen is not None and version_of(contact) != seen:
            raise Refused("changed_meanwhile", "这位联系人刚刚被别人改过：请刷新页面，看过新的内容再改")
        with one_entry(act, about=contact):
            becomes_main = is_main and not contact.is_main
            try:
                refused = take_in(contact, values, how, act, is_new=False)
            except Refused as refusal:
                if refusal.code != "nothing_changed" or not becomes_main:
                    raise
                refused = ()
            contact.is_main, contact.changed_at = contact.is_main or is_main, act.at
            contact.save()
            record(act, entity_id=contact.entity_id, subject=contact)
            if becomes_main:
                _only_main(contact, act)
    return SavedContact(contact, refused)


@transaction.atomic
def end_contact(*, contact_id: UUID, actor: Member, at: datetime) -> Contact:
    """Write that a person is no longer contacted (不再联系); what is held of them waits for its time to be deleted."""
    contact = _locked(contact_id, actor, at)
    contact.ended_at, contact.is_main, contact.changed_at = at, False, at
    contact.save(update_fields=["ended_at", "is_main", "changed_at"])
    with scope_with(contact.entity_id):
        record(Act("customers.end_contact", actor, at), entity_id=contact.entity_id, subject=contact)
    return contact


@transaction.atomic
def return_contact(*, contact_id: UUID, actor: Member, at: datetime) -> Contact:
    """Contact somebody again who was said not to be contacted any more (恢复联系)."""
    contact = locked_contact(contact_id, actor, "customer.change", at)
    if contact.ended_at is None:
        raise Refused("contact_there", "这位联系人没有标为不再联系")
    with scope_with(contact.entity_id):
        if contact.subject is not None and contact.subject.erased_at:
            raise Missing("contact_missing", "没有这位联系人，或您的角色看不到")
        if contact.customer.ended_on:
            raise Refused("customer_ended", "与这家单位的关系已经结束，不能恢复联系")
        refuse_frozen(contact.subject)
        others = Contact.objects.filter(customer_id=contact.customer_id, ended_at=None)
        contact.ended_at, contact.is_main, contact.changed_at = None, not others.exists(), at
        contact.save(update_fields=["ended_at", "is_main", "changed_at"])
        record(Act("customers.return_contact", actor, at), entity_id=contact.entity_id, subject=contact)
    return contact


def _only_main(contact: Contact, act: Act) -> None:
    for other in Contact.objects.filter(customer_id=contact.customer_id, is_main=True).exclude(pk=contact.pk):
        other.is_main = False
        other.save(update_fields=["is_main"])
        record(act, entity_id=other.entity_id, subject=other)


def locked_contact(contact_id: UUID, actor: Member, right: str, at: datetime) -> Contact:
    """A contact of a customer that a right of the member covers, locked; raises `Missing`."""
    customer_id = Contact.objects.filter(pk=contact_id).values_list("customer_id", flat=True).first()
    if customer_id is None:
        raise Missing("contact_missing", "没有这位联系人，或您的角色看不到")
    locked_customer(customer_id, actor, right, at)
    return Contact.objects.select_for_update(of=("self",)).select_related("subject", "customer").get(pk=contact_id)


def _locked(contact_id: UUID, actor: Member, at: datetime) -> Contact:
    contact = locked_contact(contact_id, actor, "customer.change", at)
    if contact.ended_at:
        raise Refused("contact_ended", "这位联系人已经不再联系")
    return contact
