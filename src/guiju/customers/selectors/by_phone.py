"""Who has a phone in a company (按手机找人): the people whose consents its holder looks after."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.using import ADDRESSES
from guiju.customers.values import born, keys_of_phone, values_of
from guiju.database.scope import require_scope
from guiju.privacy.models import Subject
from guiju.privacy.terms import AgeGroup


def subjects_of_phone(entity_id: UUID, phone: str) -> list[UUID]:
    """The people of a company with this phone, customers and contacts."""
    require_scope()
    key, _ = keys_of_phone(entity_id, phone)
    found = set()
    for model in (Customer, Contact):
        rows = model._default_manager.filter(entity_id=entity_id, phone_key=key).exclude(subject=None)
        found |= set(rows.values_list("subject_id", flat=True))
    return sorted(found)


def phone_of_subject(subject: Subject) -> str:
    """The phone on record of a person, empty without one that may be used."""
    require_scope()
    for model in (Customer, Contact):
        for holder in model._default_manager.filter(subject=subject).select_related("subject").order_by("made_at"):
            number = values_of(holder).get("phone", "")
            if number and not holder.is_frozen("phone"):
                return str(number)
    return ""


def addresses_of_subject(subject: Subject) -> set[str]:
    """The phones and e-mail addresses on record of a person, those too that may only be stored."""
    require_scope()
    rows = (holder for model in (Customer, Contact) for holder in model._default_manager.filter(subject=subject))
    return {str(address) for holder in rows for code, address in values_of(holder).items() if code in ADDRESSES}


def age_of_subject(subject: Subject, *, on: date) -> AgeGroup:
    """How old a person is, by the birthday that one of their records holds."""
    require_scope()
    for model in (Customer, Contact):
        for holder in model._default_manager.filter(subject=subject):
            if (day := born(values_of(holder))) is not None:
                return subject.age(day, on)
    return subject.age(None, on)
