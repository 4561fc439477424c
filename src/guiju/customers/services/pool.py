"""Customers without anybody: put into the pool, looked at, and taken out of it (公海)."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Customer
from guiju.customers.owning import OwnerChange, PoolPage, PoolRule, PoolView
from guiju.customers.services.customers import locked_customer
from guiju.customers.services.hands import note_hands
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

MOST = {
    "idle_days": 3650,
    "most_held": 1_000_000,
    "daily_claims": 10_000,
    "daily_views": 10_000,
    "rest_days": 3650,
    "warn_days": 90,
}
_LABELS = {
    "idle_days": "多少天没有联系就收回",
    "most_held": "一个人最多负责多少位",
    "daily_claims": "一个人每天最多领取多少位",
    "daily_views": "一个人每天最多查看公海多少位",
    "rest_days": "放出或收回以后多少天不能再领",
    "warn_days": "收回以前多少天提醒",
}
_VIEWS_KEPT = timedelta(days=2)


@dataclass(frozen=True)
class PoolLimits:
    """The rule of a company; zero stands for no limit, and `idle_days` of zero for never."""

    idle_days: int = 0
    most_held: int = 0
    daily_claims: int = 20
    daily_views: int = 50
    rest_days: int = 7
    warn_days: int = 3


def limits_of(entity_id: UUID) -> PoolLimits:
    """What holds in a company now; the usual limits where it has set none."""
    found = PoolRule.objects.filter(entity_id=entity_id).first()
    return PoolLimits(**{name: getattr(found, name) for name in _LABELS}) if found else PoolLimits()


@transaction.atomic
def set_pool_rule(*, entity_id: UUID, limits: PoolLimits, actor: Member, at: datetime) -> PoolRule:
    """Decide when customers go into the pool and what may be taken out of it (设定公海规则)."""
    require(actor, "customer.pool", on=entity_id)
    problems = [
        Problem("limit_range", f"{label}是0到{MOST[name]}", name)
        for name, label in _LABELS.items()
        if not 0 <= getattr(limits, name) <= MOST[name]
    ]
    if problems:
        raise Refused.because(problems)
    with scope_with(entity_id):
        found = PoolRule.objects.select_for_update().filter(entity_id=entity_id).first()
        rule = found or PoolRule(id=new_id(), entity_id=entity_id)
        for name, value in vars(limits).items():
            setattr(rule, name, value)
        rule.changed_at = at
        rule.save(force_insert=found is None)
        record(Act("customers.set_pool_rule", actor, at), entity_id=entity_id, subject=rule)
    return rule


@transaction.atomic
def release_customer(*, customer_id: UUID, reason: str, actor: Member, at: datetime) -> Customer:
    """Let go of a customer (放入公海): whoever may claim finds it there."""
    customer = locked_customer(customer_id, actor, "customer.assign", at)
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Refused("reason_empty", "请写明为什么放入公海", field="reason")
    if customer.owner_id is None:
        raise Refused("in_pool", "这位客户已经在公海里")
    let_go([customer], Act("customers.release_customer", actor, at, (), reason))
    return customer


@transaction.atomic
def claim_customer(*, customer_id: UUID, actor: Member, at: datetime) -> Customer:
    """Take a customer out of the pool (领取客户), within what the company allows a day and in all."""
    require(actor, "customer.claim", on=actor.entity_id)
    # One after the other for one person, so that two tabs don't take one more than allowed.
    Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    customer = (
        Customer.objects.select_for_update(of=("self",)).filter(pk=customer_id, ended_on=None, hidden_at=None).first()
    )
    if customer is None or customer.entity_id != actor.entity_id:
        raise Missing("customer_missing", "没有这位客户，或您的角色看不到")
    if customer.owner_id is not None:
        raise Refused("claimed_already", "这位客户刚刚被别人领取了")
    refuse_claims([customer], actor, at)
    act = Act("customers.claim_customer", actor, at)
    customer.owner, customer.pooled_at, customer.claimed_at, customer.changed_at = actor, None, at, at
    customer.save(update_fields=["owner", "pooled_at", "claimed_at", "changed_at"])
    note_hands([(customer, None)], OwnerChange.Way.CLAIMED, act)
    record(act, entity_id=customer.entity_id, subject=customer)
    return customer


def refuse_claims(customers: Sequence[Customer], actor: Member, at: datetime) -> None:
    """Raise `Refused` where a member, who is locked, would have or claim more than the company allows, or takes back
    at once what they let go of."""
    limits, count = limits_of(actor.entity_id), len(customers)
    held = Customer.objects.filter(owner=actor, ended_on=None, hidden_at=None).count() if limits.most_held else 0
    if limits.most_held and held + count > limits.most_held:
        raise Refused("held_most", f"您已经负责{held}位，最多{limits.most_held}位：先放出几位再领取")
    claims = OwnerChange.objects.filter(to_member=actor, way=OwnerChange.Way.CLAIMED, at__gte=_morning(at))
    # What was claimed today and let go of again was claimed all the same.
    done = claims.count() if limits.daily_claims else 0
    if limits.daily_claims and done + count > limits.daily_claims:
        raise Refused("claimed_most", f"今天已经领取{done}位，一天最多{limits.daily_claims}位：明天再来")
    lost = OwnerChange.objects.filter(
        customer__in=customers,
        from_member=actor,
        to_member=None,
        way__in=[OwnerChange.Way.RELEASED, OwnerChange.Way.CALLED_BACK],
        at__gt=at - timedelta(days=limits.rest_days),
    )
    if limits.rest_days and (last := lost.order_by("-at").first()):
        day = day_of(last.at + timedelta(days=limits.rest_days))
        whom = "这位客户" if count == 1 else "选中的客户里有一位"
        raise Refused("claimed_rest", f"{whom}是您放出或者没有联系被收回的，{day:%Y-%m-%d}以后才能再领：先让同事联系")


@transaction.atomic
def look_into_pool(*, customer_id: UUID, actor: Member, at: datetime) -> Customer:
    """Open one customer of the pool (查看公海客户); counts against the day's cap, the same one once."""
    require(actor, "customer.claim", on=actor.entity_id)
    Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    customer = Customer.objects.filter(pk=customer_id, owner=None, ended_on=None, hidden_at=None).first()
    if customer is None:
        raise Missing("customer_missing", "公海里没有这位客户")
    _count_looks(PoolView, "customer_id", [customer.pk], actor, at)
    return customer


@transaction.atomic
def look_through_pool(*, pages: Sequence[str], actor: Member, at: datetime) -> None:
    """Open pages of the list of the pool (查看公海列表); each counts against the day's cap as one customer does.

    A page is told from another by all that decides what stands on it. What is kept of that is a digest: people
    search for names and phones.
    """
    require(actor, "customer.claim", on=actor.entity_id)
    Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    keys = [hashlib.sha256(one.encode("utf-8", "surrogatepass")).hexdigest() for one in pages]
    _count_looks(PoolPage, "page", keys, actor, at)


def _count_looks(
    model: type[PoolView] | type[PoolPage], name: str, keys: Sequence[Any], actor: Member, at: datetime
) -> None:
    today, mine = day_of(at), [one._default_manager.filter(member=actor) for one in (PoolView, PoolPage)]
    known = model._default_manager.filter(member=actor, on=today, **{f"{name}__in": keys})
    seen = set(known.values_list(name, flat=True))
    new = [one for one in dict.fromkeys(keys) if one not in seen]
    if not new:
        return
    most = limits_of(actor.entity_id).daily_views
    left = most - sum(rows.filter(on=today).count() for rows in mine) if most else 0
    if most and left <= 0:
        raise Refused("viewed_most", f"今天查看公海客户和列表已经{most}次，明天再来")
    if most and len(new) > left:
        raise Refused("viewed_most", f"这些算查看公海{len(new)}次，今天还能查看{left}次：请缩小条件，或者明天再来")
    for rows in mine:
        rows.filter(on__lt=today - _VIEWS_KEPT).delete()
    made = [model(id=new_id(), entity_id=actor.entity_id, member=actor, on=today, **{name: one}) for one in new]
    model._default_manager.bulk_create(made)  # type: ignore[arg-type]


def let_go(customers: Sequence[Customer], act: Act, way: OwnerChange.Way = OwnerChange.Way.RELEASED) -> None:
    """Put customers into the pool, for services that locked them and asked permission."""
    hands = [(one, one.owner_id) for one in customers]
    with scope_with(customers[0].entity_id), one_entry(act, about=customers[0]):
        for customer in customers:
            customer.owner, customer.pooled_at, customer.changed_at = None, act.at, act.at
            customer.save(update_fields=["owner", "pooled_at", "changed_at"])
            record(act, entity_id=customer.entity_id, subject=customer)
        note_hands(hands, way, act)


def _morning(at: datetime) -> datetime:
    return datetime.combine(day_of(at), time(), CHINA)
