"""What staff do with a case: decide, assign, write, answer, close, open again (办理投诉)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.complaints.clocks import ALL, DECIDE, PLATFORM, REMEDY, SETTLE
from guiju.complaints.models import Complaint, Letter, Step
from guiju.complaints.selectors.meanwhile import since_version, version_of_case
from guiju.complaints.services import telling
from guiju.complaints.services.agreeing import refuse_unallowed, refuse_unsettled
from guiju.complaints.services.care import next_telling
from guiju.complaints.services.clocks import drop_clocks, meet_clocks, put_due, start_clock
from guiju.complaints.services.intake import note_step, words_for
from guiju.complaints.services.telling import tell
from guiju.database.scope import scope_with
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING, due_words
from guiju.deadlines.services.duties import move_duties
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, sight_of

CHANGED = "changed_meanwhile"
_OPEN = (Complaint.State.ACCEPTED, Complaint.State.ANSWERED)


@transaction.atomic
def accept_complaint(*, complaint_id: UUID, actor: Member, at: datetime, seen: int | None = None) -> Complaint:
    """Say that the case is taken up (受理投诉), and tell who complained until when it shall be settled."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    _require(found, Complaint.State.RECEIVED, "这件投诉已经决定过是否受理")
    act = Act("complaints.accept_complaint", actor, at)
    with scope_with(found.entity_id):
        found.state, found.decided_at = Complaint.State.ACCEPTED, at
        if found.holder is None:
            take_case(found, actor, act)
        meet_clocks(found, [DECIDE], "已受理", act)
        tell(found, telling.ACCEPTED, str(found.reopened), act, due=_until(found))
        note_step(found, Step.Kind.ACCEPTED, act, is_public=True)
        return _saved(found, act)


@transaction.atomic
def refuse_complaint(
    *, complaint_id: UUID, reason: str, actor: Member, at: datetime, seen: int | None = None
) -> Complaint:
    """Say that the case is not taken up, why, and where else to turn (不予受理)."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    _require(found, Complaint.State.RECEIVED, "这件投诉已经决定过是否受理")
    text = words_for("reason", reason, "请写明不予受理的理由，消费者会看到")
    act = Act("complaints.refuse_complaint", actor, at)
    with scope_with(found.entity_id):
        found.state, found.decided_at, found.closed_at = Complaint.State.REFUSED, at, at
        meet_clocks(found, [DECIDE], "不予受理", act)
        drop_clocks(found, ALL, "不予受理", act)
        tell(found, telling.REFUSED, str(found.reopened), act)
        note_step(found, Step.Kind.REFUSED, act, text=text, is_public=True)
        return _saved(found, act)


@transaction.atomic
def assign_complaint(
    *, complaint_id: UUID, to: Member, actor: Member, at: datetime, seen: int | None = None
) -> Complaint:
    """Give a case into somebody's hands (分派投诉), with its clocks."""
    found = locked_complaint(complaint_id, actor, "complaint.assign", at, seen)
    _require_open(found)
    refuse_unfit(to, found.entity_id)
    act = Act("complaints.assign_complaint", actor, at)
    with scope_with(found.entity_id):
        take_case(found, to, act)
        return _saved(found, act)


@transaction.atomic
def write_to_complainant(
    *, complaint_id: UUID, text: str, actor: Member, at: datetime, seen: int | None = None
) -> Complaint:
    """Write something to who complained (给消费者留言); it stands on the page of the case."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    words = words_for("text", text, "请写下要告诉消费者的话")
    act = Act("complaints.write_to_complainant", actor, at)
    with scope_with(found.entity_id):
        step = note_step(found, Step.Kind.TOLD, act, text=words, is_public=True)
        tell(found, telling.TOLD, str(step.pk), act)
        return _saved(found, act)


@transaction.atomic
def note_internally(
    *, complaint_id: UUID, text: str, actor: Member, at: datetime, seen: int | None = None
) -> Complaint:
    """Write something that only staff see (内部备注)."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    words = words_for("text", text, "请写下备注")
    with scope_with(found.entity_id):
        note_step(found, Step.Kind.NOTED, Act("complaints.note_internally", actor, at), text=words)
    return found


@transaction.atomic
def answer_complaint(
    *, complaint_id: UUID, text: str, actor: Member, at: datetime, seen: int | None = None
) -> Complaint:
    """Answer the complaint (答复投诉); who complained says whether they agree."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    if found.state not in _OPEN:
        raise Refused("not_accepted", "先决定受理，再答复")
    words = words_for("text", text, "请写明怎样处理、为什么，消费者会看到")
    act = Act("complaints.answer_complaint", actor, at)
    with scope_with(found.entity_id):
        if Letter.objects.filter(complaint=found).exists():
            raise Refused("letter_reply", "监管来函用复函答复：请起草复函", field="text")
        refuse_unallowed(found)
        found.state, found.answered_at = Complaint.State.ANSWERED, at
        meet_clocks(found, [REMEDY], "已答复", act)
        step = note_step(found, Step.Kind.ANSWERED, act, text=words, is_public=True)
        tell(found, telling.ANSWERED, str(step.pk), act)
        return _saved(found, act)


@dataclass(frozen=True)
class Closing:
    """How a case ended: in words that who complained sees, and how it is known that they agree, where they do."""

    text: str
    agreed_how: str = ""
    result: str = Complaint.Result.OTHER


@transaction.atomic
def close_complaint(
    *, complaint_id: UUID, how: Closing, actor: Member, at: datetime, seen: int | None = None
) -> Complaint:
    """Close a case that was answered (办结投诉): who complained agreed, or why it ends without that."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    if found.state != Complaint.State.ANSWERED:
        raise Refused("not_answered", "先答复消费者，再办结")
    words = words_for("text", how.text, "请写明办理的结果，消费者会看到")
    act = Act("complaints.close_complaint", actor, at)
    with scope_with(found.entity_id):
        refuse_unsettled(found, how.result, words)
        if how.agreed_how.strip():
            note_step(found, Step.Kind.AGREED, act, text=words_for("agreed_how", how.agreed_how, ""), is_public=True)
        found.state, found.closed_at, found.result = Complaint.State.CLOSED, at, how.result
        meet_clocks(found, [SETTLE, PLATFORM], "已办结", act)
        drop_clocks(found, ALL, "已办结", act)
        tell(found, telling.CLOSED, str(found.reopened), act)
        note_step(found, Step.Kind.CLOSED, act, text=words, is_public=True)
        return _saved(found, act)


@transaction.atomic
def reopen_complaint(
    *, complaint_id: UUID, reason: str, actor: Member, at: datetime, seen: int | None = None
) -> Complaint:
    """Take up again what was closed or refused (重新办理): its target is counted anew."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    if found.is_open:
        raise Refused("still_open", "这件投诉还在办理")
    words = words_for("reason", reason, "请写明为什么重新办理")
    with scope_with(found.entity_id):
        return open_again(found, words, Act("complaints.reopen_complaint", actor, at))


def open_again(found: Complaint, words: str, act: Act) -> Complaint:
    """For services that have asked who may; within the scope of the company."""
    found.state, found.closed_at, found.answered_at = Complaint.State.ACCEPTED, None, None
    found.result = ""
    found.reopened += 1
    start_clock(found, SETTLE, act, since=act.at)
    put_due(found)
    found.tell_at = next_telling(act.at)
    note_step(found, Step.Kind.REOPENED, act, text=words, is_public=True)
    return _saved(found, act)


def locked_complaint(complaint_id: UUID, actor: Member, right: str, at: datetime, seen: int | None = None) -> Complaint:
    """A case that a right of the member covers, locked; raises `Missing`.

    With `seen`, the version that the member had before them, what happened meanwhile refuses and is told.
    """
    sight = sight_of(actor, right, on=day_of(at))
    found = None
    if sight.reach is not None:
        with scope_with(*sight.scope):
            rows = Complaint.objects.select_for_update(of=("self",)).select_related("holder")
            found = sight.of(rows.filter(pk=complaint_id), owner="holder").first()
    if found is None:
        raise Missing("complaint_missing", "没有这件投诉，或您的角色不能办理")
    if seen is not None:
        _refuse_unseen(found, seen)
    return found


def _refuse_unseen(found: Complaint, seen: int) -> None:
    with scope_with(found.entity_id):
        if version_of_case(found) != seen:
            news = since_version(found, seen)
            raise Refused(CHANGED, f"您打开以后，这件投诉有了新的情况：{news}。您写的还在，看过再提交")


def refuse_unfit(to: Member, entity_id: UUID) -> None:
    """Only who works there and may handle complaints has one in hand."""
    if to.entity_id != entity_id or to.left_at or not allows(to, "complaint.handle", on=entity_id):
        raise Refused("holder_unfit", "经办人要是这家公司在职、可以办理投诉的成员", field="to")


def take_case(found: Complaint, to: Member, act: Act) -> None:
    """Into whose hands the case and its running clocks go."""
    was, found.holder = found.holder_id, to
    if was != to.pk:
        rows = Duty.objects.select_for_update(of=("self",)).filter(subject_id=found.pk, state__in=RUNNING)
        move_duties(list(rows.order_by("pk")), to, act)
        note_step(found, Step.Kind.ASSIGNED, act, data={"to": str(to.pk)}, is_public=True)


def _until(found: Complaint) -> str:
    """The end of the target that was named, in words."""
    duty = Duty.objects.filter(subject_id=found.pk, kind=SETTLE.kind, state__in=RUNNING).first()
    return due_words(duty) if duty is not None else "尽快"


def _require(found: Complaint, state: Complaint.State, sentence: str) -> None:
    if found.state != state:
        raise Refused("state_other", sentence)


def _require_open(found: Complaint) -> None:
    if not found.is_open:
        raise Refused("complaint_closed", f"这件投诉{found.get_state_display()}：要继续的，先重新办理")


def _saved(found: Complaint, act: Act) -> Complaint:
    if not found.is_open:
        found.tell_at = None
    found.save()
    record(act, entity_id=found.entity_id, subject=found)
    return found
