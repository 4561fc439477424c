"""Somebody looked at customers and says that they aren't the same (不是重复)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import combinations
from uuid import UUID

from django.db import transaction

from guiju.customers.models import NotSame
from guiju.customers.services.customers import locked_customer
from guiju.database.models import new_id
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member

MOST = 20


@transaction.atomic
def say_not_same(*, customers: Sequence[UUID], actor: Member, at: datetime) -> list[NotSame]:
    """Say of some customers that no two of them are the same (不是重复); they aren't offered again as a group."""
    wanted = sorted(set(customers))
    if not 2 <= len(wanted) <= MOST:
        raise Refused("choose_two", f"请选中两位以上、{MOST}位以下的客户")
    found = [locked_customer(pk, actor, "customer.merge", at) for pk in wanted]
    entity_id = found[0].entity_id
    if any(one.entity_id != entity_id for one in found):
        raise Refused("customers_apart", "不同公司的客户不比对")
    said = set(NotSame.objects.filter(one_id__in=wanted, other_id__in=wanted).values_list("one_id", "other_id"))
    made = [
        NotSame(id=new_id(), entity_id=entity_id, one_id=one, other_id=other, by=actor, at=at)
        for one, other in combinations(wanted, 2)
        if (one, other) not in said
    ]
    if not made:
        raise Refused("said_already", "已经说过不是重复")
    act = Act("customers.say_not_same", actor, at)
    with one_entry(act, about=made[0]):
        for one in made:
            one.save(force_insert=True)
            record(act, entity_id=entity_id, subject=one)
    return made
