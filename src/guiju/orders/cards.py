"""What the dashboard shows of orders: what waits to be delivered, what has to be paid back."""

from __future__ import annotations

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone

from guiju.orders.selectors.orders import STATES, reading_orders
from guiju.organisations.models import Member
from guiju.web.dashboard import Card

_SHOWN = ("returned", "open")


def orders(member: Member) -> Card:
    """退款和交付: what came back and isn't paid back, and what is to be delivered."""
    with reading_orders(member, on=timezone.localdate()) as seen:
        counts = {code: Count("pk", filter=STATES[code][1]) for code in _SHOWN}
        found = seen.orders().order_by().aggregate(**counts)
    address = reverse("order_list")
    return Card("订单", lines=tuple((STATES[code][0], found[code], f"{address}?state={code}") for code in _SHOWN))
