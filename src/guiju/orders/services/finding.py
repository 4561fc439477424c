"""Whose an order in a file is: found by phone, or by a name that only one customer has (找客户)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q

from guiju.customers.models import Contact, Customer
from guiju.customers.values import keys_of_phone
from guiju.kernel.cells import phone_text
from guiju.kernel.identifiers import Invalid
from guiju.orders.selectors.stored import shown
from guiju.organisations.models import Member
from guiju.organisations.permissions import sight_of

RIGHT = "order.import"
_MOST_SHOWN = 20


class CustomerFinder:
    """Finds customers of the member's company whom the right to import covers, some hundred at a time.

    Whose data is stored only, or deleted, is not found.
    """

    def __init__(self, actor: Member, on: date) -> None:
        usable = Q(subject=None) | Q(subject__frozen_at=None, subject__erased_at=None)
        rows = Customer.objects.filter(usable, shown("pk"), entity_id=actor.entity_id, hidden_at=None)
        self._rows = sight_of(actor, RIGHT, on=on).of(rows, owner="owner")
        self._entity_id = actor.entity_id
        self._by_key: dict[bytes, dict[UUID, Customer]] = {}
        self._by_name: dict[str, dict[UUID, Customer]] = {}

    def look_up(self, rows: Iterable[Mapping[str, str]]) -> None:
        """Find all that these rows name, in a few queries."""
        keys, names = set(), set()
        for values in rows:
            if (key := self._key_of(values.get("phone", ""))) is not None:
                keys.add(key)
            elif (name := _name_of(values.get("customer", ""))) and "\x00" not in name:
                names.add(name)
        self._by_key, self._by_name = {}, {}
        for row in self._rows.filter(phone_key__in=keys):
            self._by_key.setdefault(bytes(row.phone_key or b""), {})[row.pk] = row
        contacts = Contact.objects.filter(entity_id=self._entity_id, ended_at=None, phone_key__in=keys)
        by_customer: dict[UUID, list[bytes]] = {}
        for customer_id, found in contacts.values_list("customer_id", "phone_key"):
            by_customer.setdefault(customer_id, []).append(bytes(found or b""))
        for row in self._rows.filter(pk__in=by_customer):
            for one in by_customer[row.pk]:
                self._by_key.setdefault(one, {})[row.pk] = row
        for row in self._rows.filter(name__in=names):
            self._by_name.setdefault(row.name, {})[row.pk] = row

    def find(self, phone: str, name: str) -> tuple[Customer | None, tuple[str, str] | None]:
        """The customer, or the column and the sentence that say why not. By phone where there is one."""
        if phone:
            try:
                key = self._key_of(phone_text(phone))
            except Invalid as fault:
                return None, ("phone", fault.sentence)
            found = self._by_key.get(key or b"", {})
            if len(found) > 1 and name:
                found = {pk: row for pk, row in found.items() if row.name == _name_of(name)}
            return _only(found, "phone", "这个手机号")
        if name:
            return _only(self._by_name.get(_name_of(name), {}), "customer", f"“{_name_of(name)[:_MOST_SHOWN]}”")
        return None, ("phone", "没有填写客户的手机或名称")

    def _key_of(self, text: str) -> bytes | None:
        try:
            return keys_of_phone(self._entity_id, phone_text(text))[0] if text else None
        except Invalid:
            return None


def _only(found: Mapping[UUID, Customer], code: str, what: str) -> tuple[Customer | None, tuple[str, str] | None]:
    if len(found) == 1:
        return next(iter(found.values())), None
    if found:
        return None, (code, f"有{len(found)}位客户是{what}：请填写能分清是谁的手机号")
    return None, (code, f"没有{what}的客户，或不归您办理：请先登记客户")


def _name_of(text: str) -> str:
    return " ".join(text.split())
