"""What is due that no other page knows: written down by whoever has to see to it (自建期限)."""

from django.urls import reverse

from guiju.deadlines.models import Duty
from guiju.deadlines.registry import OWN_KIND, USUAL_PLAN, DutyKind, register_duty


def _url(duty: Duty) -> str:
    return reverse("duty_detail", args=[duty.pk])


OWN = register_duty(DutyKind(OWN_KIND, "自建期限", _url, USUAL_PLAN))
