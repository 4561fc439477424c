"""What the dashboard shows of customers."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.wanting import wanting_of
from guiju.organisations.models import Member
from guiju.web.dashboard import Card, counted


def wanting(member: Member) -> Card:
    """待补同意: values that wait for a consent, of the customers in sight."""
    with reading(member, purpose="sales", on=timezone.localdate()) as seen:
        bar = counted("待补同意", wanting_of(seen), reverse("wanting_list"))
    return Card("待补同意", bar.count, f"项{'以上' if bar.said else ''}", bar.url, "等着征求同意或补录的")


def agreeing(member: Member) -> Card:
    """同意营销: who consents to marketing now, of the customers in sight whose consents one may read."""
    with reading(member, purpose="marketing", on=timezone.localdate()) as seen:
        rows = CustomerFilter(consent="marketing").of(seen.customers(), seen)
        address = f"{reverse('customer_list')}?{urlencode({'purpose': 'marketing', 'consent': 'marketing'})}"
        bar = counted("同意营销的客户", rows, address)
    return Card(bar.label, bar.count, f"位{'以上' if bar.said else ''}", bar.url)
