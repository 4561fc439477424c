"""Customers without anybody: put into the pool, taken out of it, called back when nobody speaks to them (公海)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from guiju.customers.models import Customer, PoolRule, PoolView
from guiju.customers.services.customers import locked_customer
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import EntityPath, Member
from guiju.organisations.permissions import group_root, require
from guiju.privacy.uses import Use, register_use

_AT_A_TIME = 500
MOST = {"idle_days": 3650, "most_held": 1_000_000, "daily_claims": 10_000, "daily_views": 10_000}
_LABELS = {
    "idle_days": "多少天没有联系就收回",
    "most_held": "一个人最多负责多少位",
    "daily_claims": "一个人每天最多领取多少位",
    "daily_views": "一个人每天最多查看公海多少位",
}
_VIEWS_KEPT = timedelta(days=2)

CALLING_BACK = register_use(
    Use("customers.calling_back", "收回久不联系的客户", "sales", ("guiju.customers.tasks.call_back_neglected",))
)


@dataclass(frozen=True)
class PoolLimits:
    """The rule of a company; zero stands for no limit, and `idle_days` of zero for never."""

    idle_days: int = 0
    most_held: int = 0
    daily_claims: int = 20
    daily_views: int = 50


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
    _let_go([customer], Act("customers.release_customer", actor, at, (), reason))
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
    limits, mine = limits_of(actor.entity_id), Customer.objects.filter(owner=actor, ended_on=None, hidden_at=None)
    if limits.most_held and mine.count() >= limits.most_held:
        raise Refused("held_most", f"您已经负责{limits.most_held}位客户，先放出几位再领取")
    if limits.daily_claims and mine.filter(claimed_at__gte=_morning(at)).count() >= limits.daily_claims:
        raise Refused("claimed_most", f"今天已经领取{limits.daily_claims}位，明天再来")
    customer.owner, customer.pooled_at, customer.claimed_at, customer.changed_at = actor, None, at, at
    customer.save(update_fields=["owner", "pooled_at", "claimed_at", "changed_at"])
    record(Act("customers.claim_customer", actor, at), entity_id=customer.entity_id, subject=customer)
    return customer


@transaction.atomic
def look_into_pool(*, customer_id: UUID, actor: Member, at: datetime) -> Customer:
    """Open one customer of the pool (查看公海客户); counts against the day's cap, the same one once."""
    require(actor, "customer.claim", on=actor.entity_id)
    Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    customer = Customer.objects.filter(pk=customer_id, owner=None, ended_on=None, hidden_at=None).first()
    if customer is None:
        raise Missing("customer_missing", "公海里没有这位客户")
    today = day_of(at)
    seen = PoolView.objects.filter(member=actor, on=today)
    if not seen.filter(customer=customer).exists():
        most = limits_of(actor.entity_id).daily_views
        if most and seen.count() >= most:
            raise Refused("viewed_most", f"今天已经查看了{most}位公海客户，明天再来")
        PoolView.objects.filter(member=actor, on__lt=today - _VIEWS_KEPT).delete()
        PoolView(id=new_id(), entity_id=actor.entity_id, member=actor, customer=customer, on=today).save(
            force_insert=True
        )
    return customer


def release_neglected(*, at: datetime) -> int:
    """Call back the customers to whom nobody spoke for too long (收回公海), in all companies; returns how many.

    Reads when somebody last spoke and not when it was last run: after a standstill it catches up.
    """
    root = group_root()
    if root is None:
        return 0
    count = 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    for entity_id in companies:
        with scope(entities={entity_id}):
            idle = limits_of(entity_id).idle_days
        while idle:
            with scope(entities={entity_id}):
                late = _neglected(entity_id, at - timedelta(days=idle))
                if not late:
                    break
                _let_go(late, Act("customers.release_neglected", None, at, (), f"{idle}天没有联系"))
                count += len(late)
    return count


def _neglected(entity_id: UUID, before: datetime) -> list[Customer]:
    """Customers whose last word, claim or entry lies before a moment; some at a time."""
    quiet = Q(last_touch_at__lt=before) | Q(last_touch_at=None)
    rows = Customer.objects.select_for_update(of=("self",), skip_locked=True).filter(
        quiet, Q(claimed_at=None) | Q(claimed_at__lt=before), entity_id=entity_id, ended_on=None, made_at__lt=before
    )
    rows = rows.filter(hidden_at=None)
    return list(rows.exclude(owner=None).order_by("made_at", "pk")[:_AT_A_TIME])


def _let_go(customers: Sequence[Customer], act: Act) -> None:
    with scope_with(customers[0].entity_id), one_entry(act, about=customers[0]):
        for customer in customers:
            customer.owner, customer.pooled_at, customer.changed_at = None, act.at, act.at
            customer.save(update_fields=["owner", "pooled_at", "changed_at"])
            record(act, entity_id=customer.entity_id, subject=customer)


def _morning(at: datetime) -> datetime:
    return datetime.combine(day_of(at), time(), CHINA)
