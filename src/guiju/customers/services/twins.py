"""Two salespeople and one customer (撞单): found by phone, within a company only.

Across companies nothing is compared: each is a handler of its own (个人信息保护法 第二十三条).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from guiju.customers.models import Contact, Customer
from guiju.customers.values import keys_of_phone
from guiju.kernel.errors import Refused

IN_USE = Q(hidden_at=None) | Q(merged_into__isnull=False)
"""Who was taken back with their import isn't there; by the phone of somebody merged the one they went into is found."""

USABLE = {"subject__frozen_at": None}
"""Nobody is compared with whose data may only be stored; a company has no person, and so nothing frozen."""


@dataclass(frozen=True)
class Twin:
    """What anybody in the company may know of a customer that is there already: who looks after it, since when."""

    owner: str
    since: datetime

    def sentence(self) -> str:
        who = f"由{self.owner}负责" if self.owner else "在公海"
        return f"本公司已有这个手机的客户，{who}，{timezone.localtime(self.since):%Y-%m-%d}登记"


def twins_of(entity_id: UUID, phones: Iterable[str]) -> Mapping[str, Twin]:
    """The customers of a company that have one of these phones, themselves or by a contact."""
    keys = {keys_of_phone(entity_id, phone)[0]: phone for phone in phones if phone}
    if not keys:
        return {}
    found: dict[str, Twin] = {}
    rows = Customer.objects.filter(IN_USE, entity_id=entity_id, phone_key__in=list(keys), ended_on=None, **USABLE)
    named = Coalesce("merged_into__owner__user__name", "owner__user__name")
    for key, owner, since in rows.values_list("phone_key", named, Coalesce("merged_into__made_at", "made_at")):
        found[keys[bytes(key or b"")]] = Twin(owner or "", since)
    contacts = Contact.objects.filter(entity_id=entity_id, phone_key__in=list(keys), ended_at=None, **USABLE)
    for key, owner, since in contacts.values_list("phone_key", "customer__owner__user__name", "customer__made_at"):
        found.setdefault(keys[bytes(key or b"")], Twin(owner or "", since))
    return found


def refuse_twin(entity_id: UUID, phone: str) -> None:
    """Raise `Refused` where somebody has this customer already."""
    if twin := twins_of(entity_id, [phone]).get(phone):
        raise Refused(
            "customer_twice",
            f"{twin.sentence()}：确实不是同一位的，勾选“不是同一位客户”再登记（只在本公司内比对）",
            field="phone",
        )
