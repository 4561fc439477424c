"""What the dashboard shows of customers."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.wanting import wanting_of
from guiju.organisations.models import Member
from guiju.web.dashboard import Card, counted


def wanting(member: Member) -> Card:
    """待补同意: values that wait for a consent, of the customers in sight."""
    with reading(member, purpose="sales", on=timezone.localdate()) as seen:
        bar = counted("待补同意", wanting_of(seen), reverse("wanting_list"))
    return Card("待补同意", bar.count, f"项{'以上' if bar.said else ''}", bar.url, "等着征求同意或补录的")
