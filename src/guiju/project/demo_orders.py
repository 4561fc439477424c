"""What the demo's companies sell, and orders in every state (演示订单)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from guiju.customers.models import Customer
from guiju.kernel.calendar.clock import day_of
from guiju.orders.models import Order, Product
from guiju.orders.services.orders import OrderDetails, add_order, refund_order, return_order
from guiju.orders.services.products import ProductDetails, add_product, end_product
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting

SEED = 20261129
A_COMPANY = 10

_SOLD = {
    "food": (("SP-01", "蓝莓汁 1L×6", "", "箱", "89.00"), ("SP-02", "杂粮饼干礼盒", "", "盒", "128.00")),
    "retail": (
        ("LS-01", "保温杯", "", "个", "79.00"),
        ("LS-02", "维生素C咀嚼片", "国食健备G202644000001", "瓶", "59.00"),
    ),
    "technology": (("KJ-01", "门店管理软件（年费）", "", "年", "2980.00"), ("KJ-02", "上门安装", "", "次", "300.00")),
    "education": (("JY-01", "书法课 16课时", "", "期", "1600.00"), ("JY-02", "教材", "", "套", "120.00")),
    "medical": (
        ("YL-01", "电子血压计", "川械注准20262070001", "台", "269.00"),
        ("YL-02", "健康体检", "", "次", "580.00"),
    ),
    "cosmetics": (
        ("MZ-01", "保湿面霜", "浙G妆网备字2026000001", "瓶", "168.00"),
        ("MZ-02", "卸妆水", "", "瓶", "88.00"),
    ),
    "decoration": (("JZ-01", "厨房翻新", "", "套", "26800.00"), ("JZ-02", "上门量房", "", "次", "200.00")),
    "finance": (("JR-01", "财税咨询", "", "次", "1200.00"), ("JR-02", "企业信用报告", "", "份", "98.00")),
}
"""By sector: code, name, approval number, unit, price. All invented."""

_SERVICES = frozenset({"KJ-02", "JY-01", "YL-02", "JZ-01", "JZ-02", "JR-01"})


def load_orders(companies: Sequence[Entity], people: Sequence[Member], *, at: datetime) -> None:
    """Products in every company that sells, and orders of its customers."""
    chance = random.Random(SEED)  # noqa: S311 -- invented orders, no secrets
    for company in companies:
        here = {one.title: one for one in people if one.entity_id == company.pk}
        if "销售" in here and "客服" in here:
            _sell(chance, company, here["销售"], here["客服"], at)


def _sell(chance: random.Random, company: Entity, seller: Member, service: Member, at: datetime) -> None:
    with acting(service):
        products = [_product(company, service, *one, at=at) for one in _SOLD[company.sector]]
        gone = _product(company, service, "TZ-01", "旧款（停售）", "", "个", "10.00", at=at)
        end_product(product_id=gone.pk, actor=service, at=at)
    with acting(seller):
        customers = list(Customer.objects.filter(owner=seller).order_by("made_at", "pk"))
    for number in range(A_COMPANY):
        with acting(seller):
            order = _order(chance, number, chance.choice(customers), chance.choice(products), seller, at)
        if number < 3:
            _give_back(number, order, service, at)


def _product(
    company: Entity, actor: Member, code: str, name: str, approval: str, unit: str, price: str, *, at: datetime
) -> Product:
    kind = Product.Kind.SERVICE if code in _SERVICES else Product.Kind.PRODUCT
    details = ProductDetails(code, name, company.sector, kind, approval, unit, Decimal(price))
    return add_product(details=details, actor=actor, at=at)


def _order(
    chance: random.Random, number: int, customer: Customer, product: Product, seller: Member, at: datetime
) -> Order:
    """The first ones were delivered a while ago, the last are of these days."""
    day = day_of(at) - timedelta(days=chance.randrange(8, 90) if number < A_COMPANY - 2 else chance.randrange(3))
    quantity = Decimal(chance.randrange(1, 5))
    assert product.price is not None
    is_delivered = number < A_COMPANY - 2
    details = OrderDetails(
        product.pk,
        day,
        quantity,
        product.price * quantity,
        delivered_on=day + timedelta(days=2) if is_delivered else None,
    )
    return add_order(customer_id=customer.pk, details=details, actor=seller, at=at)


def _give_back(number: int, order: Order, service: Member, at: datetime) -> None:
    """One waits for its money, one has it, one came back for its quality."""
    day = day_of(at) - timedelta(days=(2, 4, 1)[number])
    ground = Order.Ground.QUALITY if number == 2 else Order.Ground.NO_REASON
    with acting(service):
        return_order(order_id=order.pk, on=day, quantity=order.quantity, ground=ground, actor=service, at=at)
        if number == 1:
            refund_order(order_id=order.pk, on=day + timedelta(days=1), amount=order.amount, actor=service, at=at)
