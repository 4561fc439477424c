"""What the page of a customer shows of orders (客户页上的订单)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Beside, Event, Panel
from guiju.customers.selectors.reading import Reading
from guiju.kernel.calendar.clock import CHINA
from guiju.orders.models import Order
from guiju.orders.records import RECORD
from guiju.orders.selectors.orders import note_orders, reading_orders
from guiju.orders.values import plain, yuan
from guiju.organisations.permissions import reach_of

SHOWN, MOST_EVENTS = 5, 50


def orders_beside(seen: Reading, customer: Customer) -> Beside:
    """The last orders of a customer, what all come to, and each step as an event; nothing of one whose data is
    stored only, or for a purpose that orders aren't kept for."""
    if not _is_shown(seen, customer):
        return Beside()
    with reading_orders(seen.member, on=seen.on) as orders:
        rows = orders.orders().filter(customer=customer).select_related(None).select_related("product")
        found = list(rows[: MOST_EVENTS + 1])
        total = _counted(rows) if len(found) > MOST_EVENTS else _added_up(found)
    if found:
        note_orders(seen, customer)
    may_add = reach_of(seen.member, "order.add") is not None and customer.entity_id == seen.member.entity_id
    context = {"orders": found[:SHOWN], "customer": customer, "may_add": may_add, **total}
    adds = [("登记订单", f"{reverse('add_order')}?customer={customer.pk}")] if may_add else []
    events = [event for row in found[:MOST_EVENTS] if row.voided_at is None for event in _events_of(row)]
    return Beside(Panel("orders/customer_panel.html", context, "订单", adds, is_empty=not found), events)


def _counted(rows: QuerySet[Order]) -> dict[str, Any]:
    """What all orders that count come to."""
    counts = Q(voided_at=None)
    return rows.order_by().aggregate(
        count=Count("pk", filter=counts),
        amount=Sum("amount", filter=counts),
        refunded=Sum("refunded_amount", filter=counts),
    )


def _added_up(rows: Sequence[Order]) -> dict[str, Any]:
    """The same of rows at hand."""
    counting = [one for one in rows if one.voided_at is None]
    return {
        "count": len(counting),
        "amount": sum((one.amount for one in counting), Decimal(0)),
        "refunded": sum((one.refunded_amount or Decimal(0) for one in counting), Decimal(0)),
    }


def _is_shown(seen: Reading, customer: Customer) -> bool:
    is_frozen = customer.subject is not None and customer.subject.frozen_at is not None
    is_theirs = reach_of(seen.member, "order.read") is not None and not is_frozen
    return is_theirs and seen.may_use_beside(customer, RECORD)


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
