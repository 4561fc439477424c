"""What of this part is approved and done through the common mechanism."""

from datetime import timedelta

from django.urls import reverse

from guiju.access.services.emergency import KIND as EMERGENCY
from guiju.access.services.emergency import allow_emergency, refuse_emergency
from guiju.access.services.reviews import KIND as REVIEW
from guiju.access.services.succession import KIND as SUCCESSION
from guiju.access.services.succession import allow_succession, refuse_succession
from guiju.work.registry import ApprovalKind, TaskKind, register_approval, register_task

register_approval(
    ApprovalKind(EMERGENCY, "紧急授权", "emergency.decide", 1, timedelta(hours=24), allow_emergency, refuse_emergency)
)
register_approval(
    ApprovalKind(
        SUCCESSION, "接任管理员", "administrator.replace", 1, timedelta(days=7), allow_succession, refuse_succession
    )
)
register_task(
    TaskKind(
        REVIEW,
        "权限复核",
        lambda task: reverse("rights_review", args=[task.subject_id]),
        escalates_to=("review.oversee",),
        patience=timedelta(days=5),
    )
)
