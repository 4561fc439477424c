"""Customers to whom nobody speaks go back into the pool (收回公海); who has them is told before and when it happened."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.owning import OwnerChange
from guiju.customers.registry import BUSY
from guiju.customers.services.pool import PoolLimits, let_go, limits_of
from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services import NewNotice, post_notice
from guiju.organisations.models import EntityPath, Member
from guiju.organisations.permissions import group_root
from guiju.privacy.uses import Use, register_use

_AT_A_TIME, _MOST_WARNED = 500, 20_000

CALLING_BACK = register_use(
    Use("customers.calling_back", "收回久不联系的客户", "sales", ("guiju.customers.tasks.call_back_neglected",))
)
WARNED = register_notice(
    NoticeKind(
        "customers.going_back",
        "快要收回公海",
        "{count}位客户快要收回公海",
        "您负责的{count}位客户很久没有联系，{days}天以内会收回公海；有进行中的商机或没有交付的订单的不收回。",
        {"count": "3", "days": "3"},
        button="看这些客户",
    )
)
TAKEN = register_notice(
    NoticeKind(
        "customers.called_back",
        "客户收回公海",
        "{count}位客户收回了公海",
        "您负责的{count}位客户{days}天没有联系，已经收回公海，同事可以领取。",
        {"count": "3", "days": "30"},
        button="看公海",
    )
)


def release_neglected(*, at: datetime) -> int:
    """Call back the customers to whom nobody spoke for too long (收回公海), in all companies; returns how many.

    Reads when somebody last spoke and not when it was last run: after a standstill it catches up. Whoever a part above
    is busy with stays: an open opportunity, an order that wasn't delivered.
    """
    root = group_root()
    if root is None:
        return 0
    count = 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    for entity_id in companies:
        with scope(entities={entity_id}):
            limits = limits_of(entity_id)
        if limits.idle_days:
            count += _call_back(entity_id, limits, at)
            if limits.warn_days:
                with scope(entities={entity_id}):
                    _warn(entity_id, limits, at)
    return count


def _call_back(entity_id: UUID, limits: PoolLimits, at: datetime) -> int:
    count, after, before = 0, None, at - timedelta(days=limits.idle_days)
    while True:
        with scope(entities={entity_id}):
            late = _locked(entity_id, before, after)
            if not late:
                return count
            after = late[-1].pk
            free = _without_busy(late)
            if free:
                act = Act("customers.release_neglected", None, at, (), f"{limits.idle_days}天没有联系")
                owners = Counter(one.owner_id for one in free if one.owner_id)
                let_go(free, act, OwnerChange.Way.CALLED_BACK)
                key = f"customers.called_back/{after}/{at.isoformat()}"
                _tell(TAKEN, entity_id, owners, key, limits.idle_days, reverse("pool_list"), act)
                count += len(free)


def neglected(entity_id: UUID, before: datetime) -> QuerySet[Customer]:
    """Customers in somebody's hands whose last word, claim and entry lie before a moment."""
    quiet = Q(last_touch_at__lt=before) | Q(last_touch_at=None)
    rows = Customer.objects.filter(
        quiet, Q(claimed_at=None) | Q(claimed_at__lt=before), entity_id=entity_id, ended_on=None, made_at__lt=before
    )
    return rows.filter(hidden_at=None).exclude(owner=None).order_by("pk")


def _locked(entity_id: UUID, before: datetime, after: UUID | None) -> list[Customer]:
    """Some at a time, in the order of their ids: those that stay don't stand in the way of the others."""
    rows = neglected(entity_id, before).select_for_update(of=("self",), skip_locked=True)
    return list((rows.filter(pk__gt=after) if after else rows)[:_AT_A_TIME])


def _without_busy(customers: Sequence[Customer]) -> list[Customer]:
    busy = _busy({one.pk for one in customers})
    return [one for one in customers if one.pk not in busy]


def _busy(customers: Collection[UUID]) -> set[UUID]:
    return {pk for ask in BUSY for pk in ask(customers)}


def _warn(entity_id: UUID, limits: PoolLimits, at: datetime) -> None:
    """Tell whoever has customers that will go back within days, once a day and all of them in one."""
    days = min(limits.warn_days, limits.idle_days - 1)
    soon = at - timedelta(days=limits.idle_days - days)
    owners: Counter[UUID] = Counter()
    for some in _in_parts(list(neglected(entity_id, soon).values_list("pk", "owner_id")[:_MOST_WARNED])):
        busy = _busy({pk for pk, _ in some})
        owners.update(owner for pk, owner in some if pk not in busy and owner)
    act = Act("customers.release_neglected", None, at)
    url = f"{reverse('customer_list')}?owner=me&quiet={max(limits.idle_days - days, 1)}"
    _tell(WARNED, entity_id, owners, f"customers.going_back/{day_of(at)}", days, url, act)


def _in_parts(rows: Sequence[tuple[UUID, UUID | None]]) -> Iterator[Sequence[tuple[UUID, UUID | None]]]:
    for first in range(0, len(rows), _AT_A_TIME):
        yield rows[first : first + _AT_A_TIME]


def _tell(kind: NoticeKind, entity_id: UUID, owners: Counter[UUID], key: str, days: int, url: str, act: Act) -> None:
    """One notice to each owner; it names no customer."""
    members = Member.objects.select_related("user", "entity").filter(pk__in=list(owners), left_at=None)
    for member in members.order_by("pk"):
        values = {"count": str(owners[member.pk]), "days": str(days)}
        post_notice(NewNotice(kind.code, entity_id, f"{key}/{member.pk}", values, member=member, url=url), act)
