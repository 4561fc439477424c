"""What the dashboard shows of personal data: what was found, and who waits to see minors."""

from __future__ import annotations

from django.urls import reverse
from django.utils import timezone

from guiju.organisations.models import Member
from guiju.privacy.models import Cleanup
from guiju.privacy.selectors.cleanup import cleanups_for
from guiju.privacy.selectors.minors import waiting_accesses_for
from guiju.privacy.selectors.refusals import RefusalFilter, refusals_for
from guiju.web.dashboard import Card, counted


def cleanup(member: Member) -> Card:
    """数据清理: what the newest search of the own company found."""
    rows = cleanups_for(member).filter(entity_id=member.entity_id, state=Cleanup.State.FOUND)
    newest = rows.order_by("-on", "-made_at").first()
    if newest is None:
        return Card("数据清理", url=reverse("cleanup_list"), note="还没有查找过违规数据")
    address = reverse("cleanup_detail", args=[newest.pk])
    return Card("数据清理", newest.holders, "条记录有问题", address, f"截至 {newest.on:%Y-%m-%d} 的查找")


def minors(member: Member) -> Card:
    """未成年人: who waits for leave to see them."""
    count = waiting_accesses_for(member, on=timezone.localdate()).order_by().count()
    return Card("等待批准的未成年人查看", count, "项", f"{reverse('minor_access_list')}?state=waiting")


def refusals(member: Member) -> Card:
    """拒收: what the own company put down this month."""
    asked = RefusalFilter(month=f"{timezone.localdate():%Y-%m}")
    bar = counted("本月登记的拒收", asked.of(refusals_for(member)), f"{reverse('refusal_list')}?{asked.query}")
    return Card(bar.label, bar.count, f"项{'以上' if bar.said else ''}", bar.url)
