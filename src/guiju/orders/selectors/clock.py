"""How the clock of a refund stands (退款期限)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import due_words, left_of
from guiju.orders.models import Order


@dataclass(frozen=True)
class RefundClock:
    """When the money has to be back, how long that is still, and on which ground."""

    due: str
    left: str
    is_late: bool
    basis: str
    article: str


def refund_clock_of(order: Order, *, at: datetime) -> RefundClock | None:
    """The clock of an order whose goods came back and whose money didn't; none otherwise."""
    if order.returned_on is None or order.refunded_on is not None:
        return None
    duty = Duty.objects.filter(subject_id=order.pk, kind="orders.refund", ended_at=None).first()
    if duty is None:
        return None
    left = left_of(duty, work_calendar(), at)
    is_late = duty.due_at is not None and duty.due_at < at
    return RefundClock(due_words(duty), left, is_late, duty.get_basis_display(), duty.article)
