"""The clocks of a case are started, and met by what is done (投诉期限)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Min, QuerySet

from guiju.complaints.clocks import SETTLE, Clock, clocks_of
from guiju.complaints.models import Complaint, Step
from guiju.complaints.services.intake import note_step
from guiju.database.scope import scope_with
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.registry import Subject
from guiju.deadlines.selectors.duties import OWN_CLOCKS, RUNNING, due_words
from guiju.deadlines.services.duties import NewDuty, drop_duty, meet_duty, start_duty
from guiju.evidence.services import Act
from guiju.organisations.models import Member


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
            may_pause=clock.may_pause,
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


class CaseOfDuty(Subject):
    """The case of a clock: it keeps the nearest end, and who was told that one is near."""

    def hold(self, duty: Duty, *, waits: bool) -> bool:
        with scope_with(duty.entity_id):
            rows = Complaint.objects.select_for_update(of=("self",), skip_locked=not waits)
            return rows.filter(pk=_id_of(duty)).exists()

    def follow(self, duty: Duty) -> None:
        with scope_with(duty.entity_id):
            found = Complaint.objects.get(pk=_id_of(duty))
            put_due(found)
            found.save(update_fields=["due_at"])

    def hear(self, duty: Duty, signal: Signal, told: Sequence[Member], act: Act) -> None:
        if not signal.to:
            return
        with scope_with(duty.entity_id):
            found = Complaint.objects.get(pk=_id_of(duty))
            names = "、".join(one.user.name for one in told)
            text = f"{duty.title.partition('：')[2]}，{due_words(duty)}止，已告知：{names}"
            note_step(found, Step.Kind.ESCALATED, act, text=text)


def _id_of(duty: Duty) -> UUID:
    assert duty.subject_id is not None
    return duty.subject_id


def _running(complaint: Complaint, clocks: Iterable[Clock]) -> QuerySet[Duty]:
    rows = Duty.objects.select_for_update(of=("self",)).filter(subject_id=complaint.pk, state__in=RUNNING)
    return rows.filter(kind__in=[one.kind for one in clocks]).order_by("pk")
