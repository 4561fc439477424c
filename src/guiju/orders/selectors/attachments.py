"""Orders as what files belong to (订单的附件): delivery notes, invoices, what came back."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.urls import reverse

from guiju.customers.selectors.reading import is_in_hands
from guiju.files.registry import Owner
from guiju.orders.models import Order
from guiju.orders.selectors.orders import reading_orders
from guiju.organisations.models import Member

KIND = "order"


def owner_of_order(member: Member, order: Order) -> Owner:
    address = reverse("order_detail", args=[order.pk]) + "#files"
    customer = order.customer
    about = customer.without_name, is_in_hands(member, customer), customer.subject
    return Owner(KIND, order.pk, order.entity_id, f"订单 {order.number}", address, *about)


def order_seen(member: Member, order_id: UUID, on: date) -> Owner:
    with reading_orders(member, on=on) as seen:
        return owner_of_order(member, seen.order(order_id))
