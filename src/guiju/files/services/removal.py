"""A file that was taken out of use is to be destroyed: somebody proposes it (删去后的销毁)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.registry import Target
from guiju.archives.services.disposals import propose_disposal
from guiju.evidence.services import Act
from guiju.files.models import Attachment
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

KIND = "files.after_removal"
WITHIN = timedelta(days=15)
"""House rule, as after a withdrawal."""


def ask_disposal(attachment: Attachment, act: Act) -> Task:
    """Give who may propose it the task to see to the destruction; for services that have asked permission."""
    title = f"附件删去后的销毁：{WITHIN.days}日内提出（内部规则）"
    wanted = NewTask(
        KIND,
        attachment.entity_id,
        title,
        subject_id=attachment.pk,
        right="archive.propose",
        due_at=act.at + WITHIN,
    )
    return give_task(wanted, act)


@transaction.atomic
def dispose_attachment(*, task: Task, reason: str, actor: Member, at: datetime) -> Disposal:
    """Propose that a file which was taken out of use is destroyed (提出销毁删去的附件)."""
    assert task.subject_id is not None
    if not Attachment.objects.filter(pk=task.subject_id, erased_at=None).exists():
        raise Refused("nothing_chosen", "没有要销毁的内容：已经销毁了")
    return propose_disposal(
        entity_id=task.entity_id,
        targets=[Target(task.subject_id)],
        basis=Disposal.Basis.FULFILLED,
        reason=reason,
        actor=actor,
        at=at,
    )


def end_disposed(disposal: Disposal, items: Sequence[DisposalItem], act: Act) -> None:
    """End the tasks of files that are gone, by themselves or with the person; runs with each disposal."""
    gone = Attachment.objects.filter(entity_id=disposal.entity_id, erased_at=act.at).values("pk")
    rows = Task.objects.select_for_update(of=("self",)).filter(kind=KIND, done_at=None, subject_id__in=gone)
    for task in rows.order_by("pk"):
        close_task(task, f"已销毁，销毁登记 {disposal.pk}", act, None)
