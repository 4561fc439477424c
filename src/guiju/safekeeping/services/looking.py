"""What could not be done again after a restore is looked at by people, company by company (恢复后的核对)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.archives.services.holds import reason_of
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.safekeeping.models import Restoration
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

KIND = "safekeeping.after_restore"
RIGHT = "archive.propose"
WITHIN = timedelta(days=15)
"""House rule, as after a withdrawal."""


def ask_to_look(entity_id: UUID, restoration: Restoration, at: datetime) -> Task:
    """Give who sees to deletions in a company the task to look at what was not done again."""
    moment = f"{restoration.moment.astimezone(CHINA):%Y-%m-%d %H:%M}"
    title = f"恢复到{moment}后的核对：此后的删除、撤回、拒收和保全没有重放，{WITHIN.days}日内核对（内部规则）"
    wanted = NewTask(KIND, entity_id, title, subject_id=restoration.pk, right=RIGHT, due_at=at + WITHIN)
    return give_task(wanted, Act("safekeeping.settle_restored", None, at))


@transaction.atomic
def end_looking(*, task_id: UUID, found: str, actor: Member, at: datetime) -> Task:
    """Write down what was found and done, and end the task (办结恢复后的核对)."""
    task = Task.objects.select_for_update(of=("self",)).filter(pk=task_id, kind=KIND).first()
    if task is None:
        raise Missing("task_missing", "没有这项待办，或您的角色看不到它")
    require(actor, RIGHT, on=task.entity_id)
    if task.done_at:
        raise Refused("task_done", "这项核对已经办结")
    return close_task(task, reason_of(found, field="found"), Act("safekeeping.end_looking", actor, at), actor)
