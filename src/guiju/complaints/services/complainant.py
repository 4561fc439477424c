"""What who complained does on the page of the case (投诉人自己办理): write, agree or not, rate, prove the phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.signing import BadSignature, TimestampSigner
from django.db import transaction
from django.utils.crypto import constant_time_compare

from guiju.complaints.models import Complaint, Step
from guiju.complaints.numbers import digest_of_code, read_number
from guiju.complaints.services.agreeing import agree_to_remedies, decline_remedies
from guiju.complaints.services.handling import open_again
from guiju.complaints.services.intake import clean_story, note_step
from guiju.database.scope import require_scope
from guiju.evidence.services import Act, record
from guiju.kernel.cells import phone_text
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.identifiers import Invalid
from guiju.keys.values import sealed_values
from guiju.notifications.services.codes import check_code, send_code

FINDING = "complaints.find"
LENT_FOR = timedelta(minutes=30)
_LENT = TimestampSigner(sep=".", salt="guiju.complaints/lent")

VERIFYING = "complaints.verify"
"""What the codes to the phone of a case are for."""

LONGEST_MESSAGE = 2000
MOST_MESSAGES = 50
"""So many that nobody answered: more is said on the phone."""


@dataclass(frozen=True)
class Key:
    """Number and code, as they stand in the address that who complained was given."""

    number: str
    code: str


def opened_case(key: Key, *, lock: bool = False) -> Complaint:
    """The case that number and code open; in the company's scope. Raises `Missing` for a wrong one of either."""
    require_scope()
    known = read_number(key.number)
    rows = Complaint.objects.select_for_update(of=("self",)) if lock else Complaint.objects.all()
    found = rows.filter(number=known[0]).first() if known else None
    is_theirs = found is not None and constant_time_compare(bytes(found.code_digest), digest_of_code(key.code))
    if found is None or not (is_theirs or is_lent(found, key.code)):
        raise Missing("complaint_missing", "没有这件投诉，或查询码不对：请核对收到的链接")
    return found


def lent_code(found: Complaint) -> str:
    """A code that opens the case for a short while, to who proved the phone of the case."""
    return _LENT.sign(found.number).rpartition(found.number + ".")[2]


def is_lent(found: Complaint, code: str) -> bool:
    try:
        return _LENT.unsign(f"{found.number}.{code}", max_age=LENT_FOR) == found.number
    except BadSignature:
        return False


@transaction.atomic
def send_finding_code(*, number: str, phone: str, origin: str, at: datetime) -> None:
    """Send a code to the phone of a case whose link was lost (找回查询链接); says nothing where both don't match."""
    found = _by_phone(number, phone)
    if found is not None:
        send_code(entity_id=found.entity_id, purpose=FINDING, phone=_phone(found), origin=origin, at=at)


@transaction.atomic
def find_own_complaint(*, number: str, phone: str, code: str, at: datetime) -> str | None:
    """Open a case to who holds its phone (凭编号和手机查投诉): a code for a short while; None for a wrong one."""
    found = _by_phone(number, phone)
    if found is None or not check_code(
        entity_id=found.entity_id, purpose=FINDING, phone=_phone(found), code=code, at=at
    ):
        return None
    act = Act("complaints.find_own_complaint", None, at)
    locked = Complaint.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if locked.verified_at is None:
        locked.verified_at = at
        note_step(locked, Step.Kind.VERIFIED, act, is_public=True)
        _saved(locked, act)
    return lent_code(locked)


def _by_phone(number: str, phone: str) -> Complaint | None:
    """In the company's scope."""
    require_scope()
    known = read_number(number)
    found = Complaint.objects.filter(number=known[0]).first() if known else None
    if found is None or not (plain := _as_phone(phone)):
        return None
    own = str(sealed_values(found, "sealed").get("phone", ""))
    return found if own and constant_time_compare(own, plain) else None


def _as_phone(typed: str) -> str:
    try:
        return phone_text(typed) if typed.strip() else ""
    except Invalid:
        return ""


@transaction.atomic
def say_more(*, key: Key, text: str, at: datetime) -> Complaint:
    """Write to who handles the case (消费者留言)."""
    found = opened_case(key, lock=True)
    words = clean_story(text)
    if len(words) > LONGEST_MESSAGE:
        raise Refused("text_long", f"有{len(words)}个字，最多{LONGEST_MESSAGE}个", field="text")
    newest = found.steps.filter(kind__in=(Step.Kind.TOLD, Step.Kind.ANSWERED)).order_by("-at").first()
    said = found.steps.filter(kind=Step.Kind.SAID)
    if (said.filter(at__gt=newest.at) if newest else said).count() >= MOST_MESSAGES:
        raise Refused("message_often", "您的留言已经很多，我们会先看完：着急的请打电话", field="text")
    note_step(found, Step.Kind.SAID, Act("complaints.say_more", None, at), text=words, is_public=True)
    return found


@transaction.atomic
def agree_to_answer(*, key: Key, agrees: bool, text: str, at: datetime) -> Complaint:
    """Agree to the answer or not (同意或不同意答复); a no takes the case up again."""
    found = opened_case(key, lock=True)
    if found.state not in (Complaint.State.ANSWERED, Complaint.State.CLOSED):
        raise Refused("not_answered", "还没有答复，请先留言")
    act = Act("complaints.agree_to_answer", None, at)
    words = clean_story(text) if text.strip() else ""
    note_step(found, Step.Kind.AGREED if agrees else Step.Kind.DISAGREED, act, text=words, is_public=True)
    if agrees:
        agree_to_remedies(found, "消费者在进度页上同意", act)
        return found
    decline_remedies(found, act)
    if found.state == Complaint.State.CLOSED:
        return open_again(found, "消费者不同意", act)
    found.state, found.answered_at = Complaint.State.ACCEPTED, None
    return _saved(found, act)


@transaction.atomic
def rate_handling(*, key: Key, stars: int, at: datetime) -> Complaint:
    """Say how satisfied one is with how it was handled (满意度), once it is closed."""
    found = opened_case(key, lock=True)
    if found.is_open:
        raise Refused("still_open", "办结以后再评价")
    if stars not in range(1, 6):
        raise Refused("stars", "请选择 1 到 5 颗星", field="stars")
    act = Act("complaints.rate_handling", None, at)
    found.satisfaction = stars
    note_step(found, Step.Kind.RATED, act, is_public=True, data={"stars": stars})
    return _saved(found, act)


@transaction.atomic
def send_phone_code(*, key: Key, origin: str, at: datetime) -> None:
    """Send a code to the phone of the case (发出核验的验证码)."""
    found = opened_case(key)
    send_code(entity_id=found.entity_id, purpose=VERIFYING, phone=_phone(found), origin=origin, at=at)


@transaction.atomic
def verify_phone(*, key: Key, code: str, at: datetime) -> bool:
    """Prove that the phone is one's own (核验手机); whether the code was right. A wrong one has to be counted."""
    found = opened_case(key, lock=True)
    if found.verified_at is not None:
        return True
    if not check_code(entity_id=found.entity_id, purpose=VERIFYING, phone=_phone(found), code=code, at=at):
        return False
    act = Act("complaints.verify_phone", None, at)
    found.verified_at = at
    note_step(found, Step.Kind.VERIFIED, act, is_public=True)
    _saved(found, act)
    return True


def _phone(found: Complaint) -> str:
    phone = str(sealed_values(found, "sealed").get("phone", ""))
    if not phone:
        raise Refused("phone_missing", "这件投诉没有留手机", field="code")
    return phone


def _saved(found: Complaint, act: Act) -> Complaint:
    found.save()
    record(act, entity_id=found.entity_id, subject=found)
    return found
