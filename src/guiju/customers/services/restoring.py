"""A wrong edit is taken back from the history of a customer (恢复旧内容): through the same door as any value."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.selectors.history import back_of
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
    sight = sight_of(actor, "customer.history", on=day_of(at))
    if sight.reach is None or not sight.of(type(customer).objects.filter(pk=customer.pk), owner="owner").exists():
        raise refusal_of("customer.history")
    with scope_with(customer.entity_id):
        back = back_of(customer, number, undo=undo)
        if not back.values:
            why = "要恢复的内容已经依法删除" if back.erased else "没有可以恢复的：现在的内容与那时相同"
            raise Refused("nothing_to_restore", why)
        words = f"撤销第{number}版的修改" if undo else f"恢复到第{number}版"
        act = Act("customers.restore_customer", actor, at, (), words)
        return change_values(customer, back.values, How(source=f"修改历史：{words}"), act, seen)
