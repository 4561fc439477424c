"""Somebody who sells, what they sell, and to whom."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from itertools import count

from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.orders.models import Order, Product
from guiju.orders.services.orders import OrderDetails, add_order
from guiju.orders.services.products import ProductDetails, add_product
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.tests.factories import publish

_serial = count(1)
_phones = count(13_800_000_001)


def service_of(group: Group, company: Entity | None = None) -> Member:
    """Who looks after products, returns and refunds of a company; the first call joins them."""
    entity = company or group.company_a
    name = f"kefu.{entity.unified_code[-6:].lower()}"
    with acting(group.system_admin):
        found = Member.objects.select_related("user", "entity").filter(user__username=name).first()
    return found or join(entity, "service", name, group.system_admin, group.security_admin)


def some_product(group: Group, company: Entity | None = None, **changes: object) -> Product:
    actor = service_of(group, company)
    values: dict[str, object] = {"code": f"P{next(_serial):03d}", "name": "蓝莓汁", "sector": "food", "unit": "箱"}
    with acting(actor):
        return add_product(details=ProductDetails(**{**values, **changes}), actor=actor, at=AT)  # type: ignore[arg-type]


def some_customer(actor: Member, name: str = "李小明", kind: str = "person", phone: str = "") -> Customer:
    values = {"name": name}
    if kind == "person":
        values["phone"] = phone or str(next(_phones))
    with acting(actor):
        return add_customer(kind=kind, values=values, how=How(), actor=actor, at=AT).customer


def some_order(actor: Member, customer: Customer, product: Product, *, at: datetime = AT, **changes: object) -> Order:
    values: dict[str, object] = {"ordered_on": date(2026, 11, 1), "quantity": Decimal(2), "amount": Decimal("100.00")}
    details = OrderDetails(product_id=product.pk, **{**values, **changes})  # type: ignore[arg-type]
    with acting(actor):
        return add_order(customer_id=customer.pk, details=details, actor=actor, at=at)


def a_shop(group: Group) -> tuple[Member, Customer, Product]:
    """A seller of company A with a customer, and a product."""
    publish(group)
    return group.sales_a, some_customer(group.sales_a), some_product(group)
