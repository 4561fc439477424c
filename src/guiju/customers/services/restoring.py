"""A wrong edit is taken back from the history of a customer or contact (恢复旧内容): through the same door as any value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Customer, Holder
from guiju.customers.selectors.history import back_of
from guiju.customers.services.contacts import SavedContact, change_values_of, locked_contact
from guiju.customers.services.customers import Saved, change_values, locked_customer
from guiju.customers.services.intake import How
from guiju.database.scope import scope_with
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import refusal_of, sight_of


@transaction.atomic
def restore_customer(
    *, customer_id: UUID, number: int, undo: bool, actor: Member, at: datetime, seen: int | None = None
) -> Saved:
    """Let a customer be as in one of its versions (恢复客户的旧内容), or, to `undo`, as before what that one changed.

    The values come in anew: the catalogue, the notice and the consents of today decide. Raises `Refused` as
    `change_customer` does; what was erased by law doesn't come back.
    """
    customer = locked_customer(customer_id, actor, "customer.change", at)
    _require_history(customer.pk, actor, at)
    with scope_with(customer.entity_id):
        values, words = _values_back(customer, number, undo=undo)
        act = Act("customers.restore_customer", actor, at, (), words)
        return change_values(customer, values, How(source=f"修改历史：{words}"), act, seen)


@transaction.atomic
def restore_contact(
    *, contact_id: UUID, number: int, undo: bool, actor: Member, at: datetime, seen: int | None = None
) -> SavedContact:
    """The same of a contact (恢复联系人的旧内容)."""
    contact = locked_contact(contact_id, actor, "customer.change", at)
    if contact.ended_at:
        raise Refused("contact_ended", "这位联系人已经不再联系：先恢复联系")
    _require_history(contact.customer_id, actor, at)
    with scope_with(contact.entity_id):
        values, words = _values_back(contact, number, undo=undo)
        act = Act("customers.restore_contact", actor, at, (), words)
        return change_values_of(contact, values, How(source=f"修改历史：{words}"), act, seen)


def _require_history(customer_id: UUID, actor: Member, at: datetime) -> None:
    sight = sight_of(actor, "customer.history", on=day_of(at))
    if sight.reach is None or not sight.of(Customer.objects.filter(pk=customer_id), owner="owner").exists():
        raise refusal_of("customer.history")


def _values_back(holder: Holder, number: int, *, undo: bool) -> tuple[Mapping[str, str], str]:
    """What comes in anew, and in words what is done."""
    back = back_of(holder, number, undo=undo)
    if not back.values:
        why = "要恢复的内容已经依法删除" if back.erased else "没有可以恢复的：现在的内容与那时相同"
        raise Refused("nothing_to_restore", why)
    return back.values, f"撤销第{number}版的修改" if undo else f"恢复到第{number}版"
