"""What is due of a case (投诉的期限)."""

from django.urls import reverse

from guiju.complaints.clocks import ALL
from guiju.deadlines.models import Duty
from guiju.deadlines.registry import USUAL_PLAN, DutyKind, register_duty


def _url(duty: Duty) -> str:
    return reverse("complaint_detail", args=[duty.subject_id])


for _clock in ALL:
    register_duty(DutyKind(_clock.kind, _clock.label, _url, USUAL_PLAN, oversees="complaint.oversee"))
