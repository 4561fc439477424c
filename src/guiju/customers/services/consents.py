"""Consents of a customer, recorded and withdrawn from its page (客户的同意)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Contact, Customer
from guiju.customers.services.contacts import locked_contact
from guiju.customers.services.customers import locked_customer
from guiju.customers.values import born, values_of
from guiju.database.scope import scope_with
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.privacy.models import Consent, Subject
from guiju.privacy.services.consents import GivenConsent, take_back, write_consent


@transaction.atomic
def record_customer_consent(
    *, customer_id: UUID, consents: Sequence[GivenConsent], actor: Member, at: datetime
) -> list[Consent]:
    """Write down what a customer consented to (登记同意)."""
    return _record(locked_customer(customer_id, actor, "customer.read", at), consents, actor, at)


@transaction.atomic
def record_contact_consent(
    *, contact_id: UUID, consents: Sequence[GivenConsent], actor: Member, at: datetime
) -> list[Consent]:
    """Write down what a person at a company consented to (登记联系人的同意)."""
    return _record(locked_contact(contact_id, actor, "customer.read", at), consents, actor, at)


def _record(holder: Customer | Contact, consents: Sequence[GivenConsent], actor: Member, at: datetime) -> list[Consent]:
    require(actor, "consent.record", on=holder.entity_id)
    if not consents:
        raise Refused("consent_empty", "请至少勾选一项客户同意的内容", field="purposes")
    if holder.subject_id is None:
        raise Refused("customer_is_company", "单位不作同意：请在联系人那里登记")
    with scope_with(holder.entity_id):
        subject = Subject.objects.select_for_update().get(pk=holder.subject_id)
        age = subject.age(born(values_of(holder)), day_of(at))
        return [write_consent(subject, one, age, Act("privacy.record_consent", actor, at)) for one in consents]


@transaction.atomic
def withdraw_customer_consent(
    *, customer_id: UUID, consent_id: UUID, fields: Sequence[str] = (), actor: Member, at: datetime
) -> Consent | None:
    """Withdraw a consent for a customer who asked for it (撤回同意, 个人信息保护法 第十五条)."""
    return _withdraw(locked_customer(customer_id, actor, "customer.read", at), consent_id, fields, actor, at)


@transaction.atomic
def withdraw_contact_consent(
    *, contact_id: UUID, consent_id: UUID, fields: Sequence[str] = (), actor: Member, at: datetime
) -> Consent | None:
    """Withdraw a consent for a person at a company who asked for it (撤回联系人的同意, 个人信息保护法 第十五条)."""
    return _withdraw(locked_contact(contact_id, actor, "customer.read", at), consent_id, fields, actor, at)


def _withdraw(
    holder: Customer | Contact, consent_id: UUID, fields: Sequence[str], actor: Member, at: datetime
) -> Consent | None:
    require(actor, "consent.record", on=holder.entity_id)
    with scope_with(holder.entity_id):
        found = Consent.objects.select_for_update().filter(pk=consent_id).first()
        if found is None or found.subject_id != holder.subject_id:
            raise Missing("consent_missing", "没有这项同意，或您的角色看不到它")
        return take_back(found, fields, Act("privacy.withdraw_consent", actor, at))
