"""What happened with a customer is written down, and when it is to go on (跟进)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import ERASED_NOTE, Customer, Note
from guiju.customers.selectors.reading import NOTE
from guiju.customers.services.customers import change_customer, locked_customer
from guiju.customers.services.intake import How
from guiju.customers.values import born, values_of
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, NotAllowed, Problem, Refused
from guiju.keys.values import seal_into
from guiju.organisations.models import Member
from guiju.privacy.collecting import Circumstances
from guiju.privacy.scanning import Spot, clause_of, spots_in, without_what_must_go
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.consents import standing_of
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.freezing import refuse_frozen
from guiju.privacy.terms import Channel

LONGEST = 5000
_FIELD_OF = {"id_card": "identity_number", "bank_card": "bank_card", "health": "health"}
"""Where what was found in a note belongs, where it has a field of its own."""

MOVED = "（已移到健康与体质）"


@dataclass(frozen=True)
class NoteDetails:
    """A note as it was typed. `treat` says what to do with numbers that no note may hold: mask or move."""

    text: str
    way: str = "note"
    at: datetime | None = None
    next_on: date | None = None
    treat: str = ""


@dataclass(frozen=True)
class SavedNote:
    """The note, and the numbers that couldn't be moved to their field: masked they are all the same."""

    note: Note
    refused: tuple[Problem, ...] = ()
    masked: tuple[str, ...] = ()
    """Kinds of words that stay in it and show to those only who may see them."""


@transaction.atomic
def add_note(*, customer_id: UUID, details: NoteDetails, actor: Member, at: datetime) -> SavedNote:
    """Write down what happened with a customer (登记跟进).

    Raises `Refused` where people weren't told, or a guardian didn't consent, and for a text with an identity or card number, unless it is to be masked or moved. What is said of
    somebody's health stays, and shows to those only who may see it, unless it is moved to its field.
    """
    customer = locked_customer(customer_id, actor, "customer.change", at)
    text = details.text.replace("\r\n", "\n").strip()
    if problems := _problems(details, text, at):
        raise Refused.because(problems)
    refuse_frozen(customer.subject, NOTE)
    require_allowed(customer, at)
    spots = spots_in(text)
    must_go = [spot for spot in spots if spot.must_go]
    if must_go and details.treat not in ("mask", "move"):
        kinds = "、".join(dict.fromkeys(spot.label for spot in must_go))
        raise Refused(
            "note_sensitive",
            f"里面有{kinds}的号码：选择遮盖后保存，或移到它自己的字段（个人信息保护法第二十八条）",
            field="text",
        )
    refused: tuple[Problem, ...] = ()
    if details.treat == "move":
        moving = _moving(customer, text, spots)
        refused = _move(customer, moving, actor, at)
        if "health" in moving and "health" not in {one.field for one in refused}:
            text = _without_health(text, spots)
            spots = spots_in(text)
    with scope_with(customer.entity_id):
        note = Note(
            id=new_id(),
            entity_id=customer.entity_id,
            customer=customer,
            way=details.way,
            at=details.at or at,
            next_on=details.next_on,
            by=actor,
            made_at=at,
        )
        seal_into(note, "sealed", {"text": without_what_must_go(text)})
        note.save(force_insert=True)
        record(Act("customers.add_note", actor, at), entity_id=note.entity_id, subject=note)
        touch(customer)
    words = dict.fromkeys(spot.label for spot in spots if spot.is_word)
    return SavedNote(note, refused, tuple(words))


def require_allowed(customer: Customer, at: datetime) -> None:
    """Raise `Refused` where nothing may be written down about somebody: of a child without a guardian's consent."""
    subject = customer.subject
    if subject is None:
        return
    on, age = day_of(at), subject.age(born(values_of(customer)), day_of(at))
    with scope_with(customer.entity_id):
        told, standing = told_by(notice_in_force(customer.entity_id)), standing_of(subject.pk)
        fields = fields_of(customer.entity_id, NOTE)
        around = Circumstances(fields, told, on, standing, age, customer.entity.sector)
    if refused := around.refusals(NOTE, "text"):
        raise Refused.because(list(refused))


def _moving(customer: Customer, text: str, spots: Sequence[Spot]) -> dict[str, str]:
    """What goes to which field; what is said about health is added to what is known."""
    found = {_FIELD_OF[spot.category]: spot.value for spot in spots if spot.must_go}
    said = dict.fromkeys(text[clause_of(text, spot)].strip() for spot in spots if spot.category == "health")
    if said and customer.kind == Customer.Kind.PERSON:
        known = values_of(customer).get("health", "")
        found["health"] = "；".join([*([known] if known else []), *said])
    return found


def _without_health(text: str, spots: Sequence[Spot]) -> str:
    parts, at = [], 0
    for clause in (clause_of(text, spot) for spot in spots if spot.category == "health"):
        if clause.start >= at:
            parts += [text[at : clause.start], MOVED]
            at = clause.stop
    return "".join([*parts, text[at:]])


def _problems(details: NoteDetails, text: str, at: datetime) -> list[Problem]:
    problems = []
    if not text:
        problems.append(Problem("text_empty", "请写下内容", "text"))
    elif len(text) > LONGEST:
        problems.append(Problem("text_long", f"内容有{len(text)}个字，最多{LONGEST}个", "text"))
    elif not text.replace("\n", "").replace("\t", "").isprintable():
        problems.append(Problem("text_characters", "内容里有看不见的控制字符，请重新输入", "text"))
    if details.way not in Note.Way.values:
        problems.append(Problem("way_unknown", f"方式可填：{'、'.join(Note.Way.labels)}", "way"))
    if details.at is not None and details.at > at:
        problems.append(Problem("at_future", "时间在将来：还没有发生的，填写下次跟进", "at"))
    if details.next_on is not None and details.next_on < day_of(at):
        problems.append(Problem("next_past", "下次跟进的日期已经过去", "next_on"))
    return problems


def _move(customer: Customer, values: dict[str, str], actor: Member, at: datetime) -> tuple[Problem, ...]:
    """Into their fields, through the same door as any value; what it refuses is told and masked in the note."""
    if not values:
        return ()
    try:
        how = How(Channel.COUNTER, "从跟进记录移入")
        return change_customer(customer_id=customer.pk, values=values, how=how, actor=actor, at=at).refused
    except Refused as refusal:
        return refusal.problems


@transaction.atomic
def remove_note(*, note_id: UUID, reason: str, actor: Member, at: datetime) -> Note:
    """Take a note of one's own away that was written by mistake (删去跟进); its history stays in the log."""
    found = Note.objects.filter(pk=note_id, removed_at=None).first()
    if found is None:
        raise Missing("note_missing", "没有这条记录，或已经删去")
    customer = locked_customer(found.customer_id, actor, "customer.change", at)
    refuse_frozen(customer.subject, NOTE)
    if found.by_id != actor.pk:
        raise NotAllowed("not_own_note", "只能删去自己写的记录")
    reason = " ".join(reason.split())[:200]
    if not reason:
        raise Refused("reason_empty", "请写明为什么删去", field="reason")
    with scope_with(customer.entity_id):
        found.removed_at = at
        found.save(update_fields=["removed_at"])
        record(Act("customers.remove_note", actor, at, (), reason), entity_id=found.entity_id, subject=found)
        touch(customer)
    return found


@transaction.atomic
def return_note(*, note_id: UUID, actor: Member, at: datetime) -> Note:
    """Put a note of one's own back that was taken away (恢复删去的跟进); not one whose text went by law."""
    found = Note.objects.filter(pk=note_id, removed_at__isnull=False, by_id=actor.pk).first()
    if found is None or found.text == ERASED_NOTE:
        raise Missing("note_missing", "没有这条删去的记录，或者内容已经依法删除")
    customer = locked_customer(found.customer_id, actor, "customer.change", at)
    refuse_frozen(customer.subject, NOTE)
    require_allowed(customer, at)
    with scope_with(customer.entity_id):
        found.removed_at = None
        found.save(update_fields=["removed_at"])
        record(Act("customers.return_note", actor, at), entity_id=found.entity_id, subject=found)
        touch(customer)
    return found


def touch(customer: Customer) -> None:
    """Write down when the customer was last spoken to, and when it goes on: as the notes say."""
    notes = Note.objects.filter(customer=customer, removed_at=None)
    spoken = notes.exclude(way=Note.Way.NOTE).order_by("-at").values_list("at", flat=True).first()
    newest = notes.order_by("-made_at", "-pk").values_list("next_on", flat=True).first()
    Customer.objects.filter(pk=customer.pk).update(last_touch_at=spoken, next_touch_on=newest)
