"""What of this part is approved and done through the common mechanism."""

from datetime import timedelta

from django.urls import reverse

from guiju.privacy.services.catalogue import KIND as ASSESSMENT
from guiju.privacy.services.catalogue import allow_assessment, refuse_assessment
from guiju.privacy.services.messages import KIND as MESSAGE
from guiju.privacy.services.minors import KIND as MINOR_ACCESS
from guiju.privacy.services.minors import allow_minor_access, refuse_minor_access
from guiju.privacy.services.withdrawals import KIND as WITHDRAWN
from guiju.work.registry import ApprovalKind, TaskKind, register_approval, register_task

register_approval(
    ApprovalKind(ASSESSMENT, "影响评估", "catalogue.decide", 1, timedelta(days=30), allow_assessment, refuse_assessment)
)
register_approval(
    ApprovalKind(
        MINOR_ACCESS, "查看未成年人", "minor.decide", 1, timedelta(days=7), allow_minor_access, refuse_minor_access
    )
)
register_task(
    TaskKind(
        WITHDRAWN,
        "撤回同意后的删除",
        lambda task: reverse("delete_withdrawn", args=[task.pk]),
        escalates_to=("archive.decide",),
        patience=timedelta(days=5),
    )
)
register_task(
    TaskKind(
        MESSAGE,
        "本人留言",
        lambda task: reverse("answer_message", args=[task.subject_id]),
        escalates_to=("work.oversee",),
        patience=timedelta(days=5),
    )
)
