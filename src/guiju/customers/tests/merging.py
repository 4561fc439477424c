"""Two customers of whom somebody thinks that they are one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from guiju.customers.models import Customer, Merge
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.merging import Undone, merge_customers, undo_merge
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT
from guiju.privacy.services.consents import GivenConsent

LATER = AT + timedelta(hours=1)
AFTERWARDS = AT + timedelta(hours=5)


def person(
    actor: Member, name: str = "李小明", *, at: datetime = AT, consents: Sequence[GivenConsent] = (), **values: str
) -> Customer:
    how = How(consents=tuple(consents))
    with acting(actor):
        return add_customer(
            kind="person", values={"name": name, **values}, how=how, actor=actor, at=at, is_another=True
        ).customer


def firm(actor: Member, name: str = "东方餐饮有限公司", *, at: datetime = AT, **values: str) -> Customer:
    with acting(actor):
        return add_customer(kind="company", values={"name": name, **values}, how=How(), actor=actor, at=at).customer


def merge(kept: Customer, gone: Customer, actor: Member, *taken: str, at: datetime = LATER) -> Merge:
    with acting(actor):
        return merge_customers(kept_id=kept.pk, gone_id=gone.pk, taken=taken, actor=actor, at=at)


def part(made: Merge, actor: Member, *, at: datetime = AFTERWARDS) -> Undone:
    with acting(actor):
        return undo_merge(merge_id=made.pk, actor=actor, at=at)


def reload(*customers: Customer) -> list[Any]:
    found: dict[UUID, Customer] = {
        one.pk: one for one in Customer.objects.select_related("subject").filter(pk__in=[one.pk for one in customers])
    }
    return [found[one.pk] for one in customers]
