"""Of which person a page about rights is: a customer who is one, or a contact of a company."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.reading import NOTE, Reading
from guiju.customers.values import values_of
from guiju.files.records import RECORD as FILE
from guiju.kernel.errors import Missing
from guiju.privacy.fields import Field
from guiju.privacy.models import Subject
from guiju.privacy.selectors.catalogue import fields_of


@dataclass(frozen=True)
class Whose:
    """A record of a person, and by which names its pages go: the same for both kinds, under addresses of their own."""

    holder: Customer | Contact
    subject: Subject
    detail: str
    ask: str
    record: str
    withdraw: str
    freeze: str
    hold: str
    dispose: str
    unmask: str

    @property
    def pk(self) -> UUID:
        return self.holder.pk

    @property
    def entity_id(self) -> UUID:
        return self.holder.entity_id

    @property
    def name(self) -> str:
        return self.holder.shown_name

    @property
    def address(self) -> str:
        return reverse(self.detail, args=[self.pk])

    def held(self, seen: Reading) -> list[tuple[str, str]]:
        """The fields of which something is held, by record.code, with what they are called."""
        labels = seen.labels(self.holder)
        names = [f"{self.holder.record}.{code}" for code in values_of(self.holder)]
        return [(name, labels.get(name, name)) for name in names]


def fields_asked(whose: Whose) -> dict[str, Field]:
    """What this person may be asked about: the fields of the record, and of a customer the files and the notes."""
    kinds = (FILE, NOTE) if isinstance(whose.holder, Customer) else ()
    beside = {f"{kind}.{code}": one for kind in kinds for code, one in fields_of(whose.entity_id, kind).items()}
    return fields_of(whose.entity_id, whose.holder.record) | beside


def whose_of(seen: Reading, customer_id: UUID | None, contact_id: UUID | None) -> Whose:
    """By the one of the two that stands in the address."""
    if contact_id is not None:
        return contact_whose(seen, contact_id)
    assert customer_id is not None
    return customer_whose(seen, customer_id)


def customer_whose(seen: Reading, customer_id: UUID) -> Whose:
    return whose_customer(seen.customer(customer_id))


def whose_customer(customer: Customer) -> Whose:
    if customer.subject is None:
        raise Missing("customer_is_company", "单位的资料不是个人信息：请在联系人那里办理")
    return Whose(
        customer,
        customer.subject,
        "customer_detail",
        "ask_consent",
        "record_customer_consent",
        "withdraw_customer_consent",
        "freeze_customer",
        "place_hold",
        "propose_disposal",
        "unmask_customer",
    )


def contact_whose(seen: Reading, contact_id: UUID) -> Whose:
    contact = seen.contact(contact_id)
    assert contact.subject is not None
    return Whose(
        contact,
        contact.subject,
        "contact_detail",
        "ask_contact_consent",
        "record_contact_consent",
        "withdraw_contact_consent",
        "freeze_contact",
        "hold_contact",
        "dispose_contact",
        "unmask_contact",
    )
