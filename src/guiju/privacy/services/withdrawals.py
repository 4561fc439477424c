"""What rested on a consent that was taken back has to go (撤回同意后的删除, 个人信息保护法 第四十七条第一款第三项).

The withdrawal itself makes it unreadable; that somebody proposes the deletion is a task, which ends by itself when
nothing is left, or when the person consents again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.database.scope import scope_with
from guiju.evidence.services import Act
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.privacy.judging import to_delete_of
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

KIND = "privacy.after_withdrawal"
WITHIN = timedelta(days=15)
"""House rule; the law says 主动删除 and names no days."""


def ask_deletion(entity_id: UUID, subject_id: UUID, act: Act) -> None:
    """Give the data officer the task to see to the deletion, once a person; for the services of withdrawals."""
    with scope_with(entity_id):
        names, _ = to_delete_of(entity_id, subject_id, at=act.at)
        if not names or _open([subject_id]):
            return
        title = f"撤回同意后的删除：{WITHIN.days}日内提出（内部规则，法律没有规定天数）"
        wanted = NewTask(KIND, entity_id, title, subject_id=subject_id, right="archive.propose", due_at=act.at + WITHIN)
        give_task(wanted, act)


def _open(subjects: Iterable[UUID]) -> list[Task]:
    rows = Task.objects.select_for_update(of=("self",)).filter(kind=KIND, done_at=None, subject_id__in=set(subjects))
    return list(rows.order_by("pk"))


def end_asked_again(entity_id: UUID, subject_id: UUID, act: Act) -> None:
    """End the task of a person who has consented again, where nothing is left to delete."""
    with scope_with(entity_id):
        for task in _open([subject_id]):
            if not to_delete_of(entity_id, subject_id, at=act.at)[0]:
                close_task(task, "本人重新同意，不用删除", act, None)


def end_deleted(disposal: Disposal, items: Sequence[DisposalItem], act: Act) -> None:
    """End the tasks of people of whom nothing is left that had to go; runs with each disposal."""
    for task in _open(one.subject_id for one in items):
        assert task.subject_id is not None
        if not to_delete_of(task.entity_id, task.subject_id, at=act.at)[0]:
            close_task(task, f"已删除，销毁登记 {disposal.pk}", act, None)


@transaction.atomic
def delete_withdrawn(*, task: Task, reason: str, actor: Member, at: datetime) -> Disposal:
    """Propose that what rested on withdrawn consents of a person is destroyed (撤回同意后的删除)."""
    assert task.subject_id is not None
    names, is_whole = to_delete_of(task.entity_id, task.subject_id, at=at)
    if not names:
        raise Refused("nothing_chosen", "没有要删除的内容：已经删除，或者本人重新同意了")
    return propose_disposal(
        entity_id=task.entity_id,
        targets=[Target(task.subject_id, () if is_whole else names)],
        basis=Disposal.Basis.WITHDRAWN,
        reason=reason,
        actor=actor,
        at=at,
    )
