"""What the dashboard shows of disposals and holds."""

from __future__ import annotations

from django.urls import reverse

from guiju.archives import selectors
from guiju.archives.models import Disposal
from guiju.organisations.models import Member
from guiju.web.dashboard import Card


def disposals(member: Member) -> Card:
    """销毁 that waits for the second person."""
    found = selectors.disposals_for(member).order_by()
    waiting = found.filter(state=Disposal.State.OPEN).count()
    address = f"{reverse('disposal_list')}?state={Disposal.State.OPEN.value}"
    return Card("待审批的销毁", waiting, "份", address)


def holds(member: Member) -> Card:
    """保全 in force."""
    count = selectors.holds_for(member).filter(lifted_at=None).order_by().count()
    return Card("生效的保全", count, "项", f"{reverse('hold_list')}?state=held")
