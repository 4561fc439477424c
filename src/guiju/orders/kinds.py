"""What is due once goods have come back: the money (退款)."""

from django.urls import reverse

from guiju.deadlines.models import Duty
from guiju.deadlines.registry import USUAL_PLAN, DutyKind, register_duty
from guiju.orders.services.clock import REFUND


def _url(duty: Duty) -> str:
    return reverse("order_detail", args=[duty.subject_id])


register_duty(DutyKind(REFUND, "退货后退款", _url, USUAL_PLAN))
