"""What is due of a case (投诉的期限)."""

from datetime import timedelta

from django.urls import reverse

from guiju.complaints.clocks import ALL
from guiju.complaints.models import Remedy
from guiju.complaints.services import telling  # noqa: F401
from guiju.complaints.services.clocks import CaseOfDuty
from guiju.complaints.services.mending import DUTY
from guiju.complaints.services.rectifying import REVIEW, agree_to_review, refuse_review
from guiju.complaints.services.remedies import APPROVAL, allow_remedy, deny_remedy
from guiju.database.scope import scope_with
from guiju.deadlines.models import Duty
from guiju.deadlines.registry import USUAL_PLAN, DutyKind, SignalPlan, register_duty
from guiju.work.models import Approval
from guiju.work.registry import ApprovalKind, register_approval


def _url(duty: Duty) -> str:
    return reverse("complaint_detail", args=[duty.subject_id])


_OVERSEE = "complaint.oversee"
_PLAN = (
    *(one for one in USUAL_PLAN if not one.to),
    SignalPlan("before_1_up", -1, -0.25, _OVERSEE),
    SignalPlan("late_1_up", 1, 0.0, _OVERSEE),
    SignalPlan("late_3_up", 3, 0.5, _OVERSEE),
)
"""Who oversees complaints hears of an end before it comes, while something can still be done."""

for _clock in ALL:
    register_duty(DutyKind(_clock.kind, _clock.label, _url, _PLAN, oversees=_OVERSEE, subject=CaseOfDuty()))


def _case_of(approval: Approval) -> str:
    with scope_with(approval.entity_id):
        of = Remedy.objects.filter(pk=approval.subject_id).values_list("complaint_id", flat=True).first()
    return reverse("complaint_detail", args=[of]) if of else ""


register_approval(
    ApprovalKind(
        APPROVAL, "投诉的处理结果", "complaint.approve", 1, timedelta(days=3), allow_remedy, deny_remedy, url=_case_of
    )
)


def _task(subject: Duty | Approval) -> str:
    return reverse("rectification_detail", args=[subject.subject_id])


_TASK_PLAN = (*USUAL_PLAN, SignalPlan("late_1_complaints", 1, 0.0, _OVERSEE))
register_duty(DutyKind(DUTY, "整改任务", _task, _TASK_PLAN, oversees=_OVERSEE))
register_approval(
    ApprovalKind(
        REVIEW, "整改复核", "complaint.rectify", 1, timedelta(days=14), agree_to_review, refuse_review, url=_task
    )
)
