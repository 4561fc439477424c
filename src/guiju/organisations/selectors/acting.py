"""On whose behalf the database is read: the scope of a member, of a job, of one kind of records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, QuerySet

from guiju.database.scope import Scope, require_scope, scope, scope_with, widen
from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import Sight, refusal_of, sight_of, trees_of


@contextmanager
def acting(member: Member) -> Iterator[Scope]:
    """The scope of everything a member does: own business rows, structure as far as roles reach."""
    with scope(entities={member.entity_id}, user=member.user_id):
        yield widen(trees=trees_of(member))


@contextmanager
def seeing(member: Member, right: str, *, on: date, purpose: str = "") -> Iterator[Sight]:
    """Work on the records of one kind that a member sees, of other companies too where a relation opens them.

    Raises `NotAllowed` without the right.
    """
    sight = sight_of(member, right, on=on, purpose=purpose)
    if sight.reach is None:
        raise refusal_of(right)
    if require_scope().entities.issuperset(sight.scope):
        # A page with cards of many parts comes through here again and again: all of it is in sight already.
        yield sight
        return
    with scope_with(*sight.scope):
        yield sight


@dataclass(frozen=True)
class Hidden:
    """Records that a list doesn't show: of which company, how many, and why (未显示)."""

    company: str
    count: int
    why: str


def hidden_from(sight: Sight, rows: QuerySet[Any]) -> list[Hidden]:
    """How many of these rows companies without a relation hold; numbers only, the most first.

    `rows` is the list before it is narrowed to the sight.
    """
    if not sight.unrelated:
        return []
    names = dict(Entity.objects.filter(pk__in=sight.unrelated).values_list("pk", "name"))
    with scope_with(*sight.unrelated):
        counts = list(
            rows.filter(entity_id__in=sight.unrelated)
            .order_by()
            .values_list("entity_id")
            .annotate(count=Count("pk"))
            .order_by("-count", "entity_id")
        )
    return [Hidden(names.get(pk, "看不到名称的公司"), count, "无委托关系") for pk, count in counts]


@contextmanager
def acting_by_id(member_id: UUID, user_id: UUID) -> Iterator[Member]:
    """The same for a job, which knows ids only; `Missing` when the member has left meanwhile."""
    with scope(user=user_id):
        member = Member.objects.filter(pk=member_id, user_id=user_id, left_at=None).first()
    if member is None:
        raise Missing("member_left", "经办人已离开公司，这项工作没有继续")
    with acting(member):
        yield member
