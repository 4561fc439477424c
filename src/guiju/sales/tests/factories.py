"""A customer who may buy something, and opportunities with them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT
from guiju.sales.models import Opportunity
from guiju.sales.services.details import Details
from guiju.sales.services.opportunities import add_opportunity


def customer_of(member: Member, name: str = "东方餐饮", *, kind: str = "company", at: datetime = AT) -> Customer:
    with acting(member):
        return add_customer(kind=kind, values={"name": name}, how=How(), actor=member, at=at).customer


def offer(
    member: Member,
    customer: Customer,
    name: str = "年货礼盒",
    *,
    stage: str = "",
    at: datetime = AT,
    amount: str | None = "1000",
    **details: Any,
) -> Opportunity:
    money = Decimal(amount) if amount is not None else None
    with acting(member):
        return add_opportunity(
            customer_id=customer.pk,
            details=Details(name, amount=money, **details),
            stage=stage,
            actor=member,
            at=at,
        )
