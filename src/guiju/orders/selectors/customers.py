"""What the page of a customer shows of orders (客户页上的订单)."""

from __future__ import annotations

from datetime import date, datetime, time

from django.db.models import Count, Q, Sum
from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Event, Panel
from guiju.customers.selectors.reading import Reading
from guiju.kernel.calendar.clock import CHINA
from guiju.orders.models import Order
from guiju.orders.selectors.orders import reading_orders
from guiju.orders.values import plain, yuan
from guiju.organisations.permissions import reach_of

SHOWN, MOST_EVENTS = 5, 50


def order_panel(seen: Reading, customer: Customer) -> Panel | None:
    """The last orders of a customer and what they come to; nothing of one whose data is stored only."""
    if not _is_shown(seen, customer):
        return None
    with reading_orders(seen.member, on=seen.on) as orders:
        rows = orders.orders().filter(customer=customer)
        counted = rows.order_by().aggregate(
            count=Count("pk", filter=Q(voided_at=None)),
            amount=Sum("amount", filter=Q(voided_at=None)),
            refunded=Sum("refunded_amount", filter=Q(voided_at=None)),
        )
        may_add = reach_of(seen.member, "order.add") is not None and customer.entity_id == seen.member.entity_id
        context = {"orders": list(rows[:SHOWN]), "customer": customer, "may_add": may_add, **counted}
    adds = [("登记订单", f"{reverse('add_order')}?customer={customer.pk}")] if may_add else []
    return Panel("orders/customer_panel.html", context, "订单", adds, is_empty=not context["orders"])


def order_events(seen: Reading, customer: Customer) -> list[Event]:
    """Ordered, delivered, returned, refunded: each an event of the customer."""
    if not _is_shown(seen, customer):
        return []
    with reading_orders(seen.member, on=seen.on) as orders:
        rows = list(orders.orders().filter(customer=customer, voided_at=None)[:MOST_EVENTS])
    return [event for row in rows for event in _events_of(row)]


def _is_shown(seen: Reading, customer: Customer) -> bool:
    is_frozen = customer.subject is not None and customer.subject.frozen_at is not None
    return reach_of(seen.member, "order.read") is not None and not is_frozen


def _events_of(order: Order) -> list[Event]:
    what = f"{order.product.name} × {plain(order.quantity)}"
    steps: tuple[tuple[date | None, str, str], ...] = (
        (order.ordered_on, "订单", f"{what}，{yuan(order.amount)} 元"),
        (order.delivered_on, "交付", what),
        (order.returned_on, "退货", f"{order.product.name} × {plain(order.returned_quantity)}"),
        (order.refunded_on, "退款", f"{order.product.name}，{yuan(order.refunded_amount)} 元"),
    )
    url = reverse("order_detail", args=[order.pk])
    return [
        Event(datetime.combine(day, time(), CHINA), kind, text, url=url, is_day=True)
        for day, kind, text in steps
        if day
    ]
