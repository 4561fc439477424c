"""What people do themselves about their consents, by a link or a code to their phone (本人办理: 答复, 撤回同意, 拒收)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.selectors.by_phone import age_of_subject, emails_of_phone, phone_of_subject, subjects_of_phone
from guiju.customers.services.inviting import refuse_staff
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.identifiers import phone as mobile
from guiju.notifications.models import Sort
from guiju.notifications.selectors.ways import sorts_open_to
from guiju.notifications.services.codes import check_code, send_code
from guiju.organisations.models import Member
from guiju.privacy.guardians import Guardian
from guiju.privacy.models import Consent, ConsentRequest, Refusal, Subject
from guiju.privacy.services.asking import answer_link, request_behind, withdraw_by_link
from guiju.privacy.services.consents import take_back
from guiju.privacy.services.refusals import refuse_addresses

ANSWERS = "customers.answer_by_link"
"""What the codes to who answers a link are for."""


@dataclass(frozen=True)
class Answering:
    """What was typed on the page of a link: the answers, who answers for a minor, the code of the short message.

    `member` is who of the company is signed in in the same browser.
    """

    answers: Sequence[bool]
    guardian: Guardian | None = None
    code: str = ""
    member: Member | None = None


def phone_to_verify(subject: Subject) -> str:
    """The phone on record to which a code is sent before an answer counts; empty where there is none.

    A house rule: nobody is held up where the company can't send short messages.
    """
    return phone_of_subject(subject) if Sort.SMS in sorts_open_to(subject.entity_id) else ""


@transaction.atomic
def send_link_code(*, secret: str, origin: str, at: datetime) -> str:
    """Send a code to the phone on record of who is asked (发出答复的验证码); returns the phone, masked."""
    request = request_behind(secret, at=at)
    number = phone_to_verify(request.subject)
    if not number:
        raise Refused("phone_missing", "没有可以核对的手机，不用验证码")
    send_code(entity_id=request.entity_id, purpose=ANSWERS, phone=number, origin=origin, at=at)
    return mobile.mask(number)


@transaction.atomic
def answer_by_link(*, secret: str, given: Answering, at: datetime) -> str:
    """Answer what was asked, as who one is (答复征求); returns what stands against it, and nothing once it counts.

    Returned and not raised: a wrong code has to be counted, and who tried in another's place be written down.
    """
    request = request_behind(secret, at=at)
    if given.member is not None:
        return refuse_staff(request, given.member, at)
    number = phone_to_verify(request.subject)
    if number and (trouble := _trouble_with_code(request, number, given.code, at)):
        return trouble
    answer_link(
        secret=secret,
        answers=given.answers,
        age=age_of_subject(request.subject, on=day_of(at)),
        guardian=given.guardian,
        verified="已核对手机验证码" if number else "",
        at=at,
    )
    return ""


@transaction.atomic
def take_back_by_link(
    *, secret: str, consent_id: UUID, fields: Sequence[str] = (), member: Member | None = None, at: datetime
) -> str:
    """Withdraw a consent, or that to some fields of it, on the page of a link; returned as by `answer_by_link`."""
    if member is not None:
        return refuse_staff(request_behind(secret, at=at), member, at)
    withdraw_by_link(secret=secret, consent_id=consent_id, fields=fields, at=at)
    return ""


def _trouble_with_code(request: ConsentRequest, number: str, code: str, at: datetime) -> str:
    if not code.strip():
        return f"请先获取验证码：发到登记的手机 {mobile.mask(number)}"
    is_right = check_code(entity_id=request.entity_id, purpose=ANSWERS, phone=number, code=code, at=at)
    return "" if is_right else "验证码不对，请核对短信"


@transaction.atomic
def withdraw_by_phone(
    *, entity_id: UUID, phone: str, consent_id: UUID, fields: Sequence[str] = (), at: datetime
) -> None:
    """Withdraw a consent, or that to some fields of it, of whoever holds the phone (本人撤回同意); the caller has
    checked the code."""
    found = Consent.objects.select_for_update(of=("self",)).filter(pk=consent_id, entity_id=entity_id).first()
    if found is None or found.subject_id not in subjects_of_phone(entity_id, phone):
        raise Missing("consent_missing", "没有这项同意，或者已经撤回")
    take_back(found, fields, Act("customers.withdraw_by_phone", None, at))


@transaction.atomic
def refuse_by_phone(*, entity_id: UUID, phone: str, with_email: bool = False, at: datetime) -> None:
    """Refuse commercial messages to a phone, in the whole group (本人拒收); the caller has checked the code.

    `with_email`: to the e-mail addresses too that are on record beside it. The consents to marketing of this company's
    records end with it.
    """
    addresses = [phone, *(emails_of_phone(entity_id, phone) if with_email else ())]
    act = Act("customers.refuse_by_phone", None, at)
    refuse_addresses(addresses, entity_id=entity_id, way=Refusal.Way.PERSON, act=act)
