"""The clocks of a case are started, and met by what is done (投诉期限)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Min, QuerySet

from guiju.complaints.clocks import SETTLE, Clock, clocks_of
from guiju.complaints.models import Complaint
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import OWN_CLOCKS, RUNNING
from guiju.deadlines.services.duties import NewDuty, drop_duty, meet_duty, start_duty
from guiju.evidence.services import Act


def start_clocks(complaint: Complaint, act: Act) -> None:
    """Begin to count from the moment it was received (期限起算)."""
    for clock in clocks_of(complaint):
        start_clock(complaint, clock, act)
    put_due(complaint)


def start_clock(complaint: Complaint, clock: Clock, act: Act, *, since: datetime | None = None) -> Duty:
    return start_duty(
        NewDuty(
            clock.kind,
            complaint.entity_id,
            f"投诉 {complaint.number}：{clock.label}",
            since or complaint.received_at,
            clock.period,
            clock.basis,
            clock.article,
            holder=complaint.holder,
            right="complaint.handle",
            subject_id=complaint.pk,
            rule=clock.rule,
        ),
        act,
    )


def meet_clocks(complaint: Complaint, clocks: Iterable[Clock], outcome: str, act: Act) -> None:
    """What was due is done; of those that run."""
    for duty in _running(complaint, clocks):
        meet_duty(duty, outcome, act)
        if duty.kind == SETTLE.kind:
            complaint.is_in_time = duty.due_at is None or act.at < duty.due_at
    put_due(complaint)


def drop_clocks(complaint: Complaint, clocks: Iterable[Clock], why: str, act: Act) -> None:
    """What was due is no longer due."""
    for duty in _running(complaint, clocks):
        drop_duty(duty, why, act)
    put_due(complaint)


def put_due(complaint: Complaint) -> None:
    """The nearest of our own ends, by which the queue is sorted; the row is saved by who asks."""
    own = Duty.objects.filter(subject_id=complaint.pk, state=Duty.State.OPEN, basis__in=OWN_CLOCKS)
    complaint.due_at = own.aggregate(first=Min("due_at"))["first"]


def _running(complaint: Complaint, clocks: Iterable[Clock]) -> QuerySet[Duty]:
    rows = Duty.objects.select_for_update(of=("self",)).filter(subject_id=complaint.pk, state__in=RUNNING)
    return rows.filter(kind__in=[one.kind for one in clocks]).order_by("pk")
