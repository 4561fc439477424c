"""Reads of work: what waits for a member, what they asked for (待办与审批)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.database.scope import require_scope
from guiju.deadlines.registry import Item
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import covered_by, rights_of
from guiju.work.models import Approval, Task
from guiju.work.registry import TASKS

_MOST_DUE = 2000


def _by_right(member: Member) -> Q:
    """Rows that wait for a right which the member has there."""
    mine = Q(pk=None)
    for right in rights_of(member).reaches:
        mine |= Q(right=right) & covered_by(member, right)
    return mine


@dataclass(frozen=True)
class TaskLine:
    """A task with where it is done and how much time is left."""

    task: Task
    label: str
    url: str
    is_late: bool
    is_mine: bool


def tasks_for(member: Member) -> QuerySet[Task]:
    """The open tasks of a member, those of their rights, and late ones that have come up to them."""
    require_scope()
    waiting = Task.objects.filter(done_at=None)
    shown = Q(holder=member) | (Q(holder=None) & _by_right(member))
    for kind in TASKS.values():
        for level, right in enumerate(kind.escalates_to, 1):
            if right in rights_of(member).reaches:
                shown |= Q(kind=kind.code, level__gte=level) & covered_by(member, right)
    return waiting.filter(shown).select_related("holder__user", "entity").order_by("due_at", "made_at", "pk")


def due_tasks(member: Member, first: date, last: date, at: datetime) -> list[Item]:
    """The tasks of a member that are due between two days, for the calendar of duties."""
    begin, end = (datetime.combine(day, time.min, CHINA) for day in (first, last + timedelta(days=1)))
    return [
        Item(one.pk, day_of(one.due_at), one.title, TASKS[one.kind].url(one), one.due_at <= at)
        for one in tasks_for(member).filter(due_at__gte=begin, due_at__lt=end)[:_MOST_DUE]
        if one.kind in TASKS and one.due_at is not None
    ]


def task_for(member: Member, task_id: UUID) -> Task:
    """One open task that is a member's to see; `Missing` otherwise."""
    found = tasks_for(member).filter(pk=task_id).first()
    if found is None:
        raise Missing("task_missing", "没有这项待办，或您的角色看不到它")
    return found


def lines_of_tasks(tasks: Any, member: Member, *, at: datetime) -> list[TaskLine]:
    return [
        TaskLine(
            task,
            TASKS[task.kind].label,
            TASKS[task.kind].url(task),
            task.due_at is not None and task.due_at <= at,
            task.holder_id == member.pk,
        )
        for task in tasks
        if task.kind in TASKS
    ]


def approvals_waiting_for(member: Member, *, at: datetime) -> QuerySet[Approval]:
    """The requests that a member may decide: never their own, never twice."""
    require_scope()
    return (
        Approval.objects.filter(_by_right(member), state=Approval.State.OPEN, due_at__gt=at)
        .exclude(asked_by__user_id=member.user_id)
        .exclude(decisions__by_id=member.user_id)
        .select_related("asked_by__user", "entity")
        .order_by("due_at", "pk")
    )


def own_approvals(member: Member) -> QuerySet[Approval]:
    """What a member asked for, the newest first."""
    require_scope()
    return Approval.objects.filter(asked_by=member).prefetch_related("decisions__by").order_by("-asked_at", "-pk")


def count_waiting(member: Member, *, at: datetime) -> int:
    """How much waits for a member, for the dashboard."""
    return tasks_for(member).count() + approvals_waiting_for(member, at=at).count()
