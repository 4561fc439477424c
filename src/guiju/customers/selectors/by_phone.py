"""Who has a phone or an e-mail address in a company (按手机、邮箱找人): the people whose consents its holder looks after."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.using import ADDRESSES
from guiju.customers.values import born, key_of, keys_of_phone, values_of
from guiju.database.scope import require_scope
from guiju.evidence.selectors import GONE_BY_LAW, histories_of
from guiju.privacy.models import Subject
from guiju.privacy.registry import Known
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


def key_of_address(entity_id: UUID, address: str) -> bytes:
    """By what the records of a company are found that have a phone or an e-mail address."""
    return key_of(entity_id, "email" if "@" in address else "phone", address)


def known_by_keys(keys: Collection[bytes]) -> Mapping[bytes, Sequence[Known]]:
    """Who has these addresses; contacts are found by their phone alone."""
    require_scope()
    found: dict[bytes, list[Known]] = {}
    wanted = [bytes(one) for one in keys]
    customers = Customer.objects.filter(
        Q(phone_key__in=wanted) | Q(email_key__in=wanted), subject__isnull=False, erased_at=None, hidden_at=None
    )
    contacts = Contact.objects.filter(phone_key__in=wanted, subject__erased_at=None)
    for keeper, rows in (
        ("customers.customer", customers.values_list("pk", "subject_id", "phone_key", "email_key")),
        ("customers.contact", contacts.values_list("pk", "subject_id", "phone_key", "phone_key")),
    ):
        for pk, subject_id, *held in rows:
            for key in {bytes(one) for one in held if one} & set(wanted):
                found.setdefault(key, []).append(Known(keeper, pk, subject_id))
    return found


def emails_of_phone(entity_id: UUID, phone: str) -> list[str]:
    """The e-mail addresses on record of the people with a phone, those too that may only be stored."""
    people = Subject.objects.filter(pk__in=subjects_of_phone(entity_id, phone))
    return sorted({one for who in people for one in addresses_of_subject(who) if "@" in one})


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


def earlier_addresses(subject: Subject) -> dict[str, datetime]:
    """The phones and e-mail addresses that were replaced or taken away since, out of the log, each with when."""
    require_scope()
    found: dict[str, datetime] = {}
    for model in (Customer, Contact):
        for versions in histories_of(list(model._default_manager.filter(subject=subject))).values():
            for one in versions:
                gone = [change.old for change in one.changes if change.field.partition(".")[2] in ADDRESSES]
                for address in gone:
                    if address and address != GONE_BY_LAW:
                        found[address] = max(one.at, found.get(address, one.at))
    return found


def age_of_subject(subject: Subject, *, on: date) -> AgeGroup:
    """How old a person is, by the birthday that one of their records holds."""
    require_scope()
    for model in (Customer, Contact):
        for holder in model._default_manager.filter(subject=subject):
            if (day := born(values_of(holder))) is not None:
                return subject.age(day, on)
    return subject.age(None, on)
