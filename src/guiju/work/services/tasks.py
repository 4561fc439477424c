"""Tasks are given, taken, finished, handed over, and escalate when they are late (待办)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, group_root, require
from guiju.work.models import Task
from guiju.work.registry import TASKS

LONGEST_OUTCOME = 200


@dataclass(frozen=True)
class NewTask:
    """What is to be done, in which company, until when; by a holder, or by who has the right."""

    kind: str
    entity_id: UUID
    title: str
    subject_id: UUID | None = None
    holder: Member | None = None
    right: str = ""
    due_at: datetime | None = None


def give_task(wanted: NewTask, act: Act) -> Task:
    """Write a task and its entry (建立待办); for services that have asked permission."""
    if wanted.kind not in TASKS:
        raise ValueError(f"no such kind of task: {wanted.kind}")
    task = Task(id=new_id(), made_at=act.at, **{**vars(wanted), "title": wanted.title[:200]})
    task.save(force_insert=True)
    return _recorded(task, act)


def close_task(task: Task, outcome: str, act: Act, by: Member | None) -> Task:
    """Write that a task is done, and its entry; for services in which doing it is something else."""
    task.done_at, task.outcome = act.at, outcome[:LONGEST_OUTCOME]
    task.done_by = by.user if by else None
    task.save(update_fields=["done_at", "outcome", "done_by"])
    return _recorded(task, act)


@transaction.atomic
def take_task(*, task_id: UUID, actor: Member, at: datetime) -> Task:
    """Take a task that lies with everybody who has a right (领取待办)."""
    task = _locked(task_id)
    if not task.right or not allows(actor, task.right, on=task.entity_id):
        raise NotAllowed("task_not_yours", "这项待办不由您的角色办理")
    if task.holder_id is not None:
        raise Refused("task_taken", "这项待办已经有人领取")
    task.holder = actor
    task.save(update_fields=["holder"])
    return _recorded(task, Act("work.take_task", actor, at))


@transaction.atomic
def hand_over_task(*, task_id: UUID, to: Member, actor: Member, at: datetime) -> Task:
    """Give a task into other hands of the same company (移交待办): one's own, or as who may assign."""
    task = _locked(task_id)
    if task.holder_id != actor.pk:
        require(actor, "work.assign", on=task.entity_id)
    if to.entity_id != task.entity_id or to.left_at:
        raise Refused("task_company", "接手人要是同一家公司的在职成员", field="to")
    if task.right and not allows(to, task.right, on=task.entity_id):
        raise Refused("task_right", f"{to.user.name}的角色不能办这项待办", field="to")
    move_tasks([task], to, Act("work.hand_over_task", actor, at))
    return task


def move_tasks(tasks: Iterable[Task], to: Member, act: Act) -> None:
    """Write a new holder of tasks, each with its entry; for services that have asked permission."""
    for task in tasks:
        task.holder = to
        task.save(update_fields=["holder"])
        _recorded(task, act)


@transaction.atomic
def escalate_overdue(*, at: datetime) -> int:
    """Show every overdue task to the next ones as well (升级), in all companies; returns how many moved up.

    Reads what is due and not when it was last run: after a standstill everything catches up at once.
    """
    root = group_root()
    if root is None:
        return 0
    moved = 0
    with scope(trees={root}):
        for task in (
            Task.objects.select_for_update(of=("self",)).filter(done_at=None, due_at__lte=at).order_by("due_at")
        ):
            level = _level_at(task, at)
            if level > task.level:
                task.level = level
                task.save(update_fields=["level"])
                _recorded(task, Act("work.escalate_task", None, at))
                moved += 1
    return moved


def _level_at(task: Task, at: datetime) -> int:
    kind = TASKS.get(task.kind)
    if kind is None or task.due_at is None:
        return 0
    return min(1 + (at - task.due_at) // kind.patience, len(kind.escalates_to))


def _locked(task_id: UUID) -> Task:
    task = Task.objects.select_for_update(of=("self",)).filter(pk=task_id).first()
    if task is None:
        raise Missing("task_missing", "没有这项待办，或您的角色看不到它")
    if task.done_at:
        raise Refused("task_done", "这项待办已经办结")
    return task


def _recorded(task: Task, act: Act) -> Task:
    with scope_with(task.entity_id):
        record(act, entity_id=task.entity_id, subject=task)
    return task
