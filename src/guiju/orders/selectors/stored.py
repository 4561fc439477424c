"""Whose orders are stored and nothing else (仅存储的订单): they stay in the books, and show to nobody.

What a statute keeps of a buyer who asked to be deleted is stored too, but its trade has to come to an end: such an order
shows without the name.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet

from guiju.customers.models import Customer
from guiju.customers.selectors.along import Along
from guiju.kernel.errors import Refused
from guiju.orders.models import Order
from guiju.orders.records import RECORD
from guiju.orders.selectors.trades import BECAUSE
from guiju.privacy.models import IS_FROZEN, Subject
from guiju.privacy.registry import RECORDS

_NAMES = [f"{RECORD}.{code}" for code in RECORDS[RECORD].fields]


def is_stored(subject: Subject | None) -> bool:
    """Whether the orders of a person are."""
    marks = subject.frozen_fields if subject is not None else {}
    return any(name in marks and marks[name].get("because") != BECAUSE for name in _NAMES)


def refuse_stored(subject: Subject | None) -> None:
    """Raise `Refused` where they are."""
    if is_stored(subject):
        raise Refused("subject_frozen", "这位客户的订单仅存储，不能修改（个人信息保护法第四十七条）：先解冻")


def shown(path: str) -> Q:
    """What belongs to nobody whose orders are: few people are, and their ids are gathered by an index."""
    stored = Q()
    for name in _NAMES:
        stored |= Q(frozen_fields__has_key=name) & ~Q(**{f"frozen_fields__{name}__because": BECAUSE})
    people = Subject.objects.filter(IS_FROZEN, stored)
    # The company is said twice, so that the index of customers by company and person is used.
    customers = Customer.objects.filter(subject__in=people.values("pk"), entity_id=F("subject__entity_id"))
    return ~Q(**{f"{path}__in": customers.values("pk")})


def _since(rows: Any) -> dict[UUID, dict[str, datetime]]:
    """What an order tells since it was entered: what became of it as soon as anything did."""
    always = ("number", "product", "ordered_on", "quantity", "amount")
    days = {"delivered": "delivered_on", "returned": "returned_on", "refunded": "refunded_on"}
    return {
        row.pk: dict.fromkeys([*always, *(code for code, day in days.items() if getattr(row, day))], row.made_at)
        for row in rows
    }


def _rows(entity_id: UUID) -> QuerySet[Order]:
    return Order.objects.filter(entity_id=entity_id)


ORDERS = Along(RECORD, _rows, _since)
