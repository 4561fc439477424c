"""What the dashboard shows of selling: each card in one read, each number with the list that it counts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from guiju.customers.selectors.reading import reading
from guiju.organisations.models import Member, Reach
from guiju.organisations.permissions import reach_of
from guiju.sales.models import Opportunity
from guiju.sales.selectors import figures, overview
from guiju.sales.selectors import today as touches
from guiju.sales.selectors.figures import Figure
from guiju.sales.selectors.filtering import OpportunityFilter
from guiju.sales.selectors.leads import LeadFilter
from guiju.sales.selectors.reading import PURPOSE, Deals, deals
from guiju.sales.templatetags.sales import yuan
from guiju.web.dashboard import Bar, Card, counted

SOURCE_DAYS = 30
_Read = Callable[[Deals, QuerySet[Opportunity], OpportunityFilter], list[Figure]]


@contextmanager
def _deals(member: Member) -> Iterator[Deals]:
    """One reading for all cards of a page, so that the stages are asked for once: the member is that of its request."""
    with deals(member, on=timezone.localdate()) as seen:
        yield member.__dict__.setdefault("_deals_of_cards", seen)


def funnel(member: Member) -> Card:
    """漏斗: what is open, by stage."""
    with _deals(member) as seen:
        return Card(f"{_whose(member)}漏斗（进行中）", bars=_bars(overview.open_by_stage(seen)))


def month(member: Member) -> Card:
    """本月: entered, won, lost."""
    with _deals(member) as seen:
        return Card(f"{_whose(member)}本月", bars=_bars(overview.this_month(seen)), shows="amount")


def leads(member: Member) -> Card:
    """线索 that nobody has looked into yet."""
    with _deals(member) as seen:
        bar = counted("待确认的线索", LeadFilter().of(seen), reverse("lead_list"))
    return Card(bar.label, bar.count, f"条{'以上' if bar.said else ''}", bar.url)


def forecast(member: Member) -> Card | None:
    """预测, for who sees more than their own."""
    return _of_team(member, "预测：按预计成交的月份", figures.forecast_by_month)


def by_colleague(member: Member) -> Card | None:
    """各人手上, for who sees more than their own."""
    return _of_team(member, "进行中的商机，按负责人", figures.forecast_by_owner)


def sources(member: Member) -> Card | None:
    """来源 of what was entered lately, for who sees more than their own."""
    since = timezone.localdate() - timedelta(days=SOURCE_DAYS)
    title = f"{SOURCE_DAYS}天内登记的商机，按来源"
    return _of_team(member, title, lambda seen, rows, asked: overview.by_source(seen, since), shows="count")


def own_touches(member: Member) -> Card:
    """我的跟进: with whom to go on today, and to whom nobody spoke for long."""
    with reading(member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        due, quiet = touches.own_touches(seen, at=timezone.now())
    address = reverse("follow_up_list")
    return Card(
        "我的客户",
        lines=(
            ("今天要跟进", due, f"{address}?owner=me"),
            (f"{touches.QUIET_DAYS}天没有联系", quiet, f"{address}?what=quiet&owner=me"),
        ),
    )


def pool(member: Member) -> Card:
    """公海: who is in it, who came, who was taken out; more than a list counts is told as the list tells it."""
    now = timezone.now()
    since = now - timedelta(days=touches.CLAIMED_DAYS)
    days, address = touches.CLAIMED_DAYS, reverse("pool_list")
    with reading(member, purpose=PURPOSE, on=timezone.localdate(), right="customer.claim") as seen:
        inside = touches.pooled(seen)
        bars = [
            counted("现在公海里", inside, address),
            counted(f"{days}天内放入", inside.filter(pooled_at__gte=since), f"{address}?days={days}"),
        ]
    with reading(member, purpose=PURPOSE, on=timezone.localdate()) as seen:
        taken = touches.claimed(seen, at=now).order_by().count()
        bars.append(Bar(f"{days}天内领取", taken, f"{reverse('follow_up_list')}?what=claimed&owner="))
    return Card("公海", unit="客户", bars=tuple(bars))


def _of_team(member: Member, title: str, read: _Read, *, shows: str = "amount") -> Card | None:
    if reach_of(member, "opportunity.read") is Reach.OWN:
        return None
    with _deals(member) as seen:
        found = read(seen, seen.rows(), OpportunityFilter())
    return Card(title, bars=_bars(found), shows=shows) if found else None


def _whose(member: Member) -> str:
    return "我的" if reach_of(member, "opportunity.read") is Reach.OWN else "团队"


def _bars(found: list[Figure]) -> tuple[Bar, ...]:
    address = reverse("opportunity_list")
    return tuple(
        Bar(
            one.label,
            one.total.count,
            f"{address}?{one.query}" if one.query else address,
            one.total.amount,
            yuan(one.total.amount),
        )
        for one in found
    )
