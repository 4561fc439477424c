"""A letter of an authority is entered, replied to, and sent (监管来函): its own date leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction

from guiju.complaints.clocks import AUTHORITY, LETTER
from guiju.complaints.models import Complaint, Letter, Step
from guiju.complaints.numbers import read_number
from guiju.complaints.services.clocks import meet_clocks, put_due, start_clock
from guiju.complaints.services.handling import locked_complaint
from guiju.complaints.services.intake import Complained, note_step, one_line, take_in, words_for
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.evidence.services import Act, record
from guiju.kernel.calendar import Period, Unit, WorkCalendar, deadline
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.values import seal_into
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require

KINDS = (Complaint.Kind.TRANSFER, Complaint.Kind.MEDIATION, Complaint.Kind.INQUIRY)
FIRST_DAY = date(2000, 1, 1)
LONGEST_NAME, LONGEST_NO, MOST_ATTACHMENTS = 100, 60, 50
_LONGEST_DAYS = 366


@dataclass(frozen=True)
class Received:
    """What the letter says: who wrote, when, under which number, until when they want an answer, about which case."""

    kind: str
    authority: str
    dated_on: date
    text: str
    their_no: str = ""
    answer_by: date | None = None
    about: str = ""


@transaction.atomic
def add_letter(*, said: Received, actor: Member, at: datetime) -> Letter:
    """Enter a letter of an authority (登记监管来函) as a case of its own kind."""
    require(actor, "complaint.add", on=actor.entity_id)
    _check(said, day_of(at))
    act = Act("complaints.add_letter", actor, at)
    with scope_with(actor.entity_id):
        about = _about(said.about, actor.entity_id)
        words = words_for("text", said.text, "请写明来函的内容和要求")
        taken = take_in(actor.entity_id, Complained(words), Complaint.Channel.LETTER, act, made_by=actor).complaint
        case = Complaint.objects.get(pk=taken.pk)
        case.kind, case.received_at = said.kind, datetime.combine(said.dated_on, time(), CHINA)
        case.state, case.decided_at, case.cared_at = Complaint.State.ACCEPTED, at, at
        if allows(actor, "complaint.handle", on=actor.entity_id):
            case.holder = actor
        made = Letter(
            id=new_id(),
            entity_id=actor.entity_id,
            complaint=case,
            about=about,
            authority=one_line(said.authority, LONGEST_NAME, "authority", "来函单位"),
            their_no=one_line(said.their_no, LONGEST_NO, "their_no", "来函文号"),
            dated_on=said.dated_on,
            answer_by=said.answer_by,
        )
        if not made.authority:
            raise Refused("authority_empty", "请填写来函单位", field="authority")
        made.save(force_insert=True)
        record(act, entity_id=made.entity_id, subject=made)
        _start(case, made, act)
        case.save()
        record(act, entity_id=case.entity_id, subject=case)
        note_step(case, Step.Kind.RECEIVED, act, text=str(made))
        if about is not None:
            note_step(about, Step.Kind.LINKED, act, text=f"{made} 来函：{case.number}", data={"letter": str(made.pk)})
    return made


def _check(said: Received, today: date) -> None:
    if said.kind not in KINDS:
        raise Refused("kind_unknown", f"种类可选：{'、'.join(one.label for one in KINDS)}", field="kind")
    if said.dated_on > today or said.dated_on < FIRST_DAY:
        raise Refused("day_wrong", f"来函日期 {said.dated_on} 不对：照来函上写的填写", field="dated_on")
    if said.answer_by is not None and not 0 < (said.answer_by - said.dated_on).days <= _LONGEST_DAYS:
        raise Refused("day_wrong", f"要求答复的日期 {said.answer_by} 要在来函日期以后一年以内", field="answer_by")


def _about(number: str, entity_id: UUID) -> Complaint | None:
    if not number.strip():
        return None
    known = read_number(number)
    rows = Complaint.objects.filter(entity_id=entity_id, kind=Complaint.Kind.CONSUMER)
    found = rows.filter(number=known[0]).first() if known else None
    if found is None:
        raise Refused("about_unknown", "没有这个编号的消费者投诉：请核对编号，不知道的可以不填", field="about")
    return found


def _start(case: Complaint, made: Letter, act: Act) -> None:
    """What the letter asks for; and what binds the authority itself, apart."""
    if made.answer_by is not None:
        what = f"{made.authority}来函{made.their_no}要求{made.answer_by.month}月{made.answer_by.day}日前答复"
        days = _days_to(made.dated_on, made.answer_by, work_calendar())
        clock = replace(LETTER, period=Period(days, Unit.DAYS), article=f"{what}（来函写的日期）"[:200])
        start_clock(case, clock, act, since=case.received_at)
    if case.kind == Complaint.Kind.TRANSFER and made.dated_on >= AUTHORITY.rule.since:
        start_clock(case, AUTHORITY, act, since=case.received_at)
    put_due(case)


def _days_to(first: date, last: date, calendar: WorkCalendar) -> int:
    """So many days that the end isn't after the day that the letter names: a holiday puts it off for nobody."""
    days = (last - first).days
    begin = datetime.combine(first, time(), CHINA)
    while days > 1 and deadline(calendar, begin, Period(days, Unit.DAYS)).due > last:
        days -= 1
    return days


@dataclass(frozen=True)
class Reply:
    """Our answer as an official paper."""

    title: str
    text: str
    our_no: str = ""
    attachments: Sequence[str] = ()


@transaction.atomic
def draft_reply(*, complaint_id: UUID, reply: Reply, actor: Member, at: datetime, seen: int | None = None) -> Letter:
    """Draft the reply to a letter (起草复函); until it is sent it may be drafted again."""
    case = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    act = Act("complaints.draft_reply", actor, at)
    with scope_with(case.entity_id):
        made = _unsent(case)
        title = one_line(reply.title, LONGEST_NAME, "title", "标题")
        if not title:
            raise Refused("title_empty", "请填写标题，例如：关于……的复函", field="title")
        files = [one_line(one, LONGEST_NAME, "attachments", "附件名称") for one in reply.attachments if one.strip()]
        if len(files) > MOST_ATTACHMENTS:
            raise Refused("attachments_many", f"附件最多{MOST_ATTACHMENTS}件", field="attachments")
        made.our_no = one_line(reply.our_no, LONGEST_NO, "our_no", "复函文号")
        made.attachments, made.drafted_at = files, at
        seal_into(made, "sealed", {"title": title, "text": words_for("text", reply.text, "请写复函的正文")})
        _saved(made, act)
        note_step(case, Step.Kind.DRAFTED, act, text=title)
    return made


@dataclass(frozen=True)
class Sent:
    on: date
    how: str


@transaction.atomic
def send_reply(*, complaint_id: UUID, sent: Sent, actor: Member, at: datetime, seen: int | None = None) -> Letter:
    """Note that the reply went out, when and by which way (发出复函); what the letter asked for is met."""
    case = locked_complaint(complaint_id, actor, "complaint.handle", at, seen)
    act = Act("complaints.send_reply", actor, at)
    with scope_with(case.entity_id):
        made = _unsent(case)
        if made.drafted_at is None:
            raise Refused("reply_missing", "还没有起草复函：先起草", field="on")
        if not made.dated_on <= sent.on <= day_of(at):
            raise Refused("day_wrong", f"发出日期 {sent.on} 要在来函日期和今天之间", field="on")
        if sent.how not in Letter.Way.values:
            raise Refused("way_unknown", f"发出方式可选：{'、'.join(Letter.Way.labels)}", field="how")
        made.sent_on, made.sent_how = sent.on, sent.how
        _saved(made, act)
        meet_clocks(case, [LETTER], f"{sent.on} {made.get_sent_how_display()}发出复函", act)
        case.state, case.answered_at = Complaint.State.ANSWERED, at
        case.save()
        record(act, entity_id=case.entity_id, subject=case)
        note_step(case, Step.Kind.SENT, act, text=f"{sent.on} {made.get_sent_how_display()}")
    return made


def _unsent(case: Complaint) -> Letter:
    made = Letter.objects.select_for_update(of=("self",)).filter(complaint=case).first()
    if made is None:
        raise Missing("letter_missing", "这件不是监管来函")
    if made.sent_on is not None:
        raise Refused("reply_sent", f"复函已于 {made.sent_on} 发出，不能再改：要补充的，登记新的来函或备注")
    if not case.is_open:
        raise Refused("complaint_closed", f"这件{case.get_state_display()}：要继续的，先重新办理")
    return made


def _saved(made: Letter, act: Act) -> None:
    made.save()
    record(act, entity_id=made.entity_id, subject=made)
