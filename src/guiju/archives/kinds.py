"""What of this part is approved by another person."""

from datetime import timedelta

from django.urls import reverse

from guiju.archives.services.disposals import KIND, allow_disposal, refuse_disposal
from guiju.archives.services.periods import KIND as OVER
from guiju.work.models import Approval
from guiju.work.registry import ApprovalKind, TaskKind, register_approval, register_task


def _address(approval: Approval) -> str:
    return reverse("disposal_detail", args=[approval.subject_id])


register_approval(
    ApprovalKind(KIND, "销毁", "archive.decide", 1, timedelta(days=30), allow_disposal, refuse_disposal, _address)
)
register_task(
    TaskKind(
        OVER,
        "保管期限届满",
        lambda task: reverse("retention_schedule"),
        escalates_to=("archive.decide",),
        patience=timedelta(days=5),
    )
)
