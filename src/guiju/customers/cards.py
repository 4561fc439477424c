"""What the dashboard shows of customers."""

from __future__ import annotations

from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone

from guiju.customers.selectors.agreeing import MONTHS, consents_by_month
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.wanting import wanting_of
from guiju.organisations.models import Member
from guiju.web.dashboard import Bar, Card, counted


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


def consents(member: Member) -> Card:
    """营销同意的变化: how many consented and withdrew month by month, among those whose consents one may read."""
    with reading(member, purpose="marketing", on=timezone.localdate()) as seen:
        months = consents_by_month(seen)

    def bar(what: str, words: str, code: str, count: int) -> Bar:
        return Bar(
            f"{int(code[5:])}月{words}",
            count,
            f"{reverse('customer_list')}?{urlencode({'purpose': 'marketing', what: code})}",
        )

    bars = [
        one
        for month in months
        for one in (
            bar("agreed", "同意", month.code, month.agreed),
            bar("withdrew", "撤回", month.code, month.withdrew),
        )
    ]
    note = "当月同意过、撤回过营销的客户，后来又改变的也算；打开就是这些客户"
    return Card(f"营销同意的变化（{MONTHS}个月）", unit="客户", bars=tuple(bars), note=note)
