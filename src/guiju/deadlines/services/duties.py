"""What is due is started, paused, met, handed over, and counted anew when the calendar changes (期限)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from guiju.database.bulk import update_rows
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.registry import AUTHORITY_PLAN, DUTIES, OWN_KIND, SignalPlan, subject_of
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import HOURS, due_words, duty_for, may_settle
from guiju.deadlines.services.signals import tell_handed_over, tell_moved
from guiju.evidence.services import Act, record
from guiju.kernel.calendar import Deadline, Pause, Period, ServiceHours, Unit, WorkCalendar, deadline
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.calendar.deadlines import CIVIL_CODE, COUNTING_RULES, CountingRule
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, group_root, require

LONGEST = 200
_ARTICLE = re.compile("第[一二三四五六七八九十百零〇0-9]+条")
_SIGNAL_AT = time(8)
"""Before the morning's digest: what is due tomorrow is read today."""


@dataclass(frozen=True)
class NewDuty:
    """What is due: counted from a moment, for a period, on a ground; in whose hands or under whose right."""

    kind: str
    entity_id: UUID
    title: str
    started_at: datetime
    period: Period
    basis: Duty.Basis
    article: str
    holder: Member | None = None
    right: str = ""
    subject_id: UUID | None = None
    may_pause: str = ""
    rule: CountingRule = CIVIL_CODE
    closes_at: time | None = None
    service: ServiceHours | None = None


def start_duty(wanted: NewDuty, act: Act, *, calendar: WorkCalendar | None = None) -> Duty:
    """Write what is due, its signals and its entry (起算期限); for services that have asked permission.

    Raises `ValueError` for a kind that nobody registered, and for a period that can't be counted.
    """
    kind = DUTIES.get(wanted.kind)
    if kind is None:
        raise ValueError(f"no such kind of duty: {wanted.kind}")
    duty = Duty(
        id=new_id(),
        entity_id=wanted.entity_id,
        kind=wanted.kind,
        subject_id=wanted.subject_id,
        title=wanted.title[:LONGEST],
        holder=wanted.holder,
        right=wanted.right,
        basis=wanted.basis,
        article=wanted.article,
        may_pause=wanted.may_pause,
        started_at=wanted.started_at,
        count=wanted.period.count,
        unit=wanted.period.unit.value,
        rule=wanted.rule.code,
        closes_at=wanted.closes_at,
        service=[[f"{one:%H:%M}" for one in span] for span in wanted.service.spans] if wanted.service else [],
        made_at=act.at,
    )
    calendar = calendar or work_calendar()
    count_anew(duty, calendar, act.at)
    with scope_with(duty.entity_id):
        duty.save(force_insert=True)
        plan = AUTHORITY_PLAN if duty.basis == Duty.Basis.AUTHORITY else kind.plan
        Signal.objects.bulk_create(_signals(duty, plan, calendar))
        record(act, entity_id=duty.entity_id, subject=duty)
    return duty


def counted(duty: Duty, calendar: WorkCalendar) -> Deadline:
    """When a duty ends in a calendar; raises `ValueError` while it is paused."""
    pauses = [_pause(one) for one in duty.pauses]
    spans = tuple((time.fromisoformat(begins), time.fromisoformat(ends)) for begins, ends in duty.service)
    return deadline(
        calendar,
        duty.started_at,
        Period(duty.count, Unit(duty.unit)),
        pauses=pauses,
        service=ServiceHours(spans) if spans else None,
        rule=COUNTING_RULES[duty.rule],
        closes=duty.closes_at,
    )


def count_anew(duty: Duty, calendar: WorkCalendar, at: datetime) -> None:
    """Put the end of a duty, its proof and its doubts as they are in this calendar; a paused one has no end."""
    duty.computed_at, duty.calendar = at, calendar.version
    if duty.state == Duty.State.PAUSED:
        duty.due_on = duty.due_at = None
        duty.lacks = []
        duty.proof = (
            f"自{day_of(duty.started_at):%Y-%m-%d}起算；{duty.pauses[-1]['since']}起中止：{duty.pauses[-1]['why']}"
        )
        return
    found = counted(duty, calendar)
    duty.due_on, duty.due_at, duty.proof, duty.lacks = found.due, found.at, found.proof, list(found.lacks)


def _pause(written: dict[str, Any]) -> Pause:
    return Pause(date.fromisoformat(written["since"]), date.fromisoformat(written["until"]))


def _signals(duty: Duty, plan: Sequence[SignalPlan], calendar: WorkCalendar) -> list[Signal]:
    """One for each of the plan; of those whose time was past when the duty was written, only the last to each side."""
    made = [
        Signal(entity_id=duty.entity_id, duty=duty, name=one.name, days=one.days, share=one.share, to=one.to)
        for one in plan
    ]
    for one in made:
        one.at, one.lacks = _place_of(one, duty, calendar)
    past = {one.to: one for one in sorted(made, key=lambda one: one.days) if one.at and one.at <= duty.made_at}
    for one in made:
        if one.at and one.at <= duty.made_at and past[one.to] is not one:
            one.at = None
    return made


def _place_of(signal: Signal, duty: Duty, calendar: WorkCalendar) -> tuple[datetime | None, int | None]:
    """When a signal is given, and which unknown year that depends on: so many working days from the end, in the
    morning, or by its share of a period in hours; never before the duty has begun.
    """
    if duty.due_on is None or duty.due_at is None:
        return None, None
    if Unit(duty.unit) in HOURS:
        at = duty.due_at + signal.share * (duty.due_at - duty.started_at)
        return (at if at > duty.started_at else None), None
    day, step, left, lacks = duty.due_on, timedelta(days=1 if signal.days > 0 else -1), abs(signal.days), None
    while left:
        day += step
        found = calendar.day(day)
        left -= found.is_working
        lacks = found.lacks or lacks
    at = datetime.combine(day, _SIGNAL_AT, CHINA)
    return (at if at > duty.started_at else None), lacks


def _save(duty: Duty, act: Act, calendar: WorkCalendar) -> Duty:
    """Write a changed duty, move what is still to be told, and leave the entry."""
    duty.save()
    _move_signals(duty, calendar, act.at)
    with scope_with(duty.entity_id):
        record(act, entity_id=duty.entity_id, subject=duty)
    subject_of(duty).follow(duty)
    return duty


def _move_signals(duty: Duty, calendar: WorkCalendar, at: datetime) -> None:
    """To where they belong for the end that the duty has now; what was told of another end is told of this one."""
    signals = list(Signal.objects.select_for_update(of=("self",)).filter(duty=duty))
    for one in signals:
        place, lacks = _place_of(one, duty, calendar)
        is_ahead = place is not None and place > at
        if one.done_at is not None and is_ahead:
            one.done_at = None
        if one.done_at is None:
            # What was passed over when it was written, or while the clock stood still, isn't told afterwards.
            one.at = place if is_ahead or one.at is not None else None
            one.lacks, one.tried_at = lacks, None
    update_rows(signals, ["at", "lacks", "tried_at", "done_at"])


@transaction.atomic
def add_duty(*, wanted: NewDuty, actor: Member, at: datetime) -> Duty:
    """Add something that is due and that no other page knows (新建期限)."""
    require(actor, "duty.add", on=wanted.entity_id)
    if not wanted.title.strip():
        raise Refused("duty_title", "请填写要办的事", field="title")
    if not wanted.article.strip():
        raise Refused("duty_article", "请填写依据：法律条款，或本公司的制度", field="article")
    if day_of(wanted.started_at) < wanted.rule.since:
        since = wanted.rule.since
        raise Refused(
            "duty_rule",
            f"{wanted.rule.law}自{since.year}年{since.month}月{since.day}日起施行，之前起算的不能按它算",
            field="rule",
        )
    if wanted.basis == Duty.Basis.STATUTORY and not _ARTICLE.search(wanted.article):
        raise Refused("duty_article", "法定的要写到法律的哪一条，例如：消费者权益保护法第二十五条", field="article")
    if wanted.holder is None or wanted.holder.left_at or wanted.holder.entity_id != wanted.entity_id:
        raise Refused("duty_holder", "经办人要是这家公司的在职成员", field="holder")
    try:
        return start_duty(wanted, Act("deadlines.add_duty", actor, at))
    except ValueError:
        raise Refused("duty_period", "这个期限算不出来：日期要在1949年至2299年之间", field="count") from None


@transaction.atomic
def pause_duty(*, duty_id: UUID, why: str, actor: Member, at: datetime) -> Duty:
    """Let the clock of a duty stand still from today on (期限中止); only where its rule allows it."""
    duty = _locked(duty_id, actor, weighs=True)
    if not duty.may_pause:
        raise Refused("duty_no_pause", "这项期限不能中止")
    if Unit(duty.unit) in HOURS:
        raise Refused("duty_hours", "按小时计的期限不能中止")
    if duty.state == Duty.State.PAUSED:
        raise Refused("duty_paused", "这项期限已经中止")
    if duty.due_at and at > duty.due_at:
        raise Refused("duty_late", "已经逾期，不能再中止")
    if not why.strip():
        raise Refused("duty_why", f"请填写中止的原因（{duty.may_pause}）", field="why")
    today = day_of(at)
    if duty.basis == Duty.Basis.AUTHORITY:
        raise Refused("duty_authority", "监管部门的时限由监管部门决定，不能在这里中止")
    if today < day_of(duty.started_at) or (duty.pauses and date.fromisoformat(duty.pauses[-1]["until"]) > today):
        raise Refused("duty_not_begun", "还没有起算，不能中止")
    duty.pauses = [*duty.pauses, {"since": today.isoformat(), "until": None, "why": why.strip()[:LONGEST]}]
    duty.state = Duty.State.PAUSED
    calendar = work_calendar()
    count_anew(duty, calendar, at)
    return _save(duty, Act("deadlines.pause_duty", actor, at), calendar)


@transaction.atomic
def resume_duty(*, duty_id: UUID, actor: Member, at: datetime) -> Duty:
    """Let the clock go on tomorrow (恢复计时): the day on which the cause ends is still not counted."""
    duty = _locked(duty_id, actor)
    if duty.state != Duty.State.PAUSED:
        raise Refused("duty_runs", "这项期限没有中止")
    last = {**duty.pauses[-1], "until": max(day_of(at).isoformat(), duty.pauses[-1]["since"])}
    duty.pauses, duty.state = [*duty.pauses[:-1], last], Duty.State.OPEN
    calendar = work_calendar()
    count_anew(duty, calendar, at)
    return _save(duty, Act("deadlines.resume_duty", actor, at), calendar)


@transaction.atomic
def finish_duty(*, duty_id: UUID, outcome: str, actor: Member, at: datetime) -> Duty:
    """Note that what was due is done (办结期限), and how."""
    duty = _locked(duty_id, actor)
    _require_own(duty)
    if not outcome.strip():
        raise Refused("duty_outcome", "请填写办理结果", field="outcome")
    return meet_duty(duty, outcome.strip(), Act("deadlines.finish_duty", actor, at))


@transaction.atomic
def cancel_duty(*, duty_id: UUID, why: str, actor: Member, at: datetime) -> Duty:
    """Note that something is no longer due (取消期限), and why."""
    duty = _locked(duty_id, actor, weighs=True)
    _require_own(duty)
    if not why.strip():
        raise Refused("duty_why", "请填写取消的原因", field="outcome")
    return _ended(duty, Duty.State.CANCELLED, why.strip(), Act("deadlines.cancel_duty", actor, at))


def meet_duty(duty: Duty, outcome: str, act: Act) -> Duty:
    """Write that a duty is met, and its entry; for services in which meeting it is something else."""
    return _ended(duty, Duty.State.MET, outcome, act)


def drop_duty(duty: Duty, why: str, act: Act) -> Duty:
    """Write that something is no longer due, and its entry; for services that have asked whose that is to decide."""
    return _ended(duty, Duty.State.CANCELLED, why, act)


def _ended(duty: Duty, state: Duty.State, outcome: str, act: Act) -> Duty:
    duty.ended_at, duty.outcome = act.at, outcome[:LONGEST]
    if duty.state == Duty.State.PAUSED:
        duty.pauses = [*duty.pauses[:-1], {**duty.pauses[-1], "until": day_of(act.at).isoformat()}]
        duty.state = Duty.State.OPEN
        count_anew(duty, work_calendar(), act.at)
    duty.state = state
    duty.save()
    with scope_with(duty.entity_id):
        record(act, entity_id=duty.entity_id, subject=duty)
    return duty


@transaction.atomic
def hand_over_duty(*, duty_id: UUID, to: Member, actor: Member, at: datetime) -> Duty:
    """Give a duty into other hands of the same company (移交期限)."""
    duty = _locked(duty_id, actor)
    if to.entity_id != duty.entity_id or to.left_at:
        raise Refused("duty_holder", "接手人要是同一家公司的在职成员", field="to")
    move_duties([duty], to, Act("deadlines.hand_over_duty", actor, at))
    return duty


def move_duties(duties: Sequence[Duty], to: Member, act: Act) -> None:
    """Write a new holder of duties, each with its entry; for services that have asked permission."""
    for duty in duties:
        duty.holder = to
        duty.save(update_fields=["holder"])
        with scope_with(duty.entity_id):
            record(act, entity_id=duty.entity_id, subject=duty)
    tell_handed_over(duties, to, act)


@dataclass(frozen=True)
class Moved:
    """A duty whose end a change of the calendar has moved."""

    duty: Duty
    was: date
    was_provisional: bool


def stale_duties() -> QuerySet[Duty, UUID]:
    """The running duties that were counted in another calendar, of the companies in sight.

    It changes by a notice that is entered, and by a version of the program that brings another year.
    """
    return (
        Duty.objects.filter(state=Duty.State.OPEN)
        .exclude(calendar=work_calendar().version)
        .order_by("due_at", "pk")
        .values_list("pk", flat=True)
    )


def recompute_duties(*, actor: Member | None, at: datetime) -> list[Moved]:
    """Count anew what was counted in an older calendar (重新推算期限); returns what has moved.

    Each in a transaction of its own: one that is being worked on waits, and holds nobody up.
    """
    root = group_root()
    if root is None:
        return []
    act = Act("deadlines.recompute_duties", actor, at)
    with scope(trees={root}):
        stale = list(stale_duties())
    moved = []
    for pk in stale:
        with scope(trees={root}):
            calendar = work_calendar()
            subject_of(known := Duty.objects.get(pk=pk)).hold(known, waits=True)
            duty = Duty.objects.select_for_update(of=("self",)).get(pk=pk)
            if duty.state != Duty.State.OPEN:
                continue
            was, words, proof, doubt = duty.due_on, due_words(duty), duty.proof, bool(duty.lacks)
            count_anew(duty, calendar, at)
            if (duty.due_on, duty.proof, bool(duty.lacks)) == (was, proof, doubt):
                # Its end stands; what is told after it may still lie in the year that is new.
                duty.save(update_fields=["computed_at", "calendar"])
                _move_signals(duty, calendar, at)
                continue
            _save(duty, act, calendar)
            if duty.due_on != was:
                tell_moved(duty, words, act)
            if was is not None and (duty.due_on != was or doubt):
                moved.append(Moved(duty, was, doubt))
    return moved


def _locked(duty_id: UUID, actor: Member, *, weighs: bool = False) -> Duty:
    """One that is the actor's to settle; what `weighs` on a statutory clock isn't its holder's alone to decide."""
    known = duty_for(actor, duty_id)
    subject_of(known).hold(known, waits=True)
    duty = Duty.objects.select_for_update(of=("self",)).get(pk=duty_id)
    if not may_settle(actor, duty):
        raise NotAllowed("duty_not_yours", "这项期限不由您办理")
    if weighs and duty.basis == Duty.Basis.STATUTORY and not allows(actor, "duty.settle", on=duty.entity_id):
        raise NotAllowed("duty_weighs", "法定期限的中止和取消，由有“办结、中止、移交别人的期限”权限的人决定")
    if duty.ended_at:
        raise Refused("duty_ended", f"这项期限{duty.get_state_display()}")
    return duty


def _require_own(duty: Duty) -> None:
    """Where meeting a duty is doing something else, that is what meets it."""
    if duty.kind != OWN_KIND:
        raise Refused("duty_elsewhere", "这项期限办完它所属的事才会办结，不能在这里单独办结或取消")
