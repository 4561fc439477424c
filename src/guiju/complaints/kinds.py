"""What is due of a case (投诉的期限)."""

from datetime import timedelta

from django.urls import reverse

from guiju.complaints.clocks import ALL
from guiju.complaints.services.mending import DUTY
from guiju.complaints.services.rectifying import REVIEW, agree_to_review, refuse_review
from guiju.deadlines.models import Duty
from guiju.deadlines.registry import USUAL_PLAN, DutyKind, SignalPlan, register_duty
from guiju.work.models import Approval
from guiju.work.registry import ApprovalKind, register_approval


def _url(duty: Duty) -> str:
    return reverse("complaint_detail", args=[duty.subject_id])


for _clock in ALL:
    register_duty(DutyKind(_clock.kind, _clock.label, _url, USUAL_PLAN, oversees="complaint.oversee"))


def _task(subject: Duty | Approval) -> str:
    return reverse("rectification_detail", args=[subject.subject_id])


_PLAN = (*USUAL_PLAN, SignalPlan("late_1_complaints", 1, 0.0, "complaint.oversee"))
register_duty(DutyKind(DUTY, "整改任务", _task, _PLAN, oversees="complaint.oversee"))
register_approval(
    ApprovalKind(
        REVIEW, "整改复核", "complaint.rectify", 1, timedelta(days=14), agree_to_review, refuse_review, url=_task
    )
)
