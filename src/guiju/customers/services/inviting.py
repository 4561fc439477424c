"""Guardians are asked before anything of a child is stored (登记前征求同意).

Where even the name needs the guardian's consent, nobody is registered whom one could ask. So the link leads
to no record: the guardian says who the child is, and what may be kept. A no leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse

from guiju.customers.models import Customer, Invitation
from guiju.customers.services.intake import How, take_in
from guiju.customers.values import born, refuse_two_birthdays
from guiju.database.models import new_id
from guiju.database.scope import require_scope, scope_with
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services import NewNotice, post_notice
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require
from guiju.privacy.ages import age_group
from guiju.privacy.guardians import Guardian
from guiju.privacy.models import ConsentRequest
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.notices import notice_in_force, told_by
from guiju.privacy.services.asking import (
    KEPT,
    Question,
    by_purpose,
    digest_shown,
    linked,
    new_link,
    proof_of,
    questions_about,
    refuse_without_guardian,
)
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.terms import AgeGroup, Channel, FieldState
from guiju.privacy.values import cleaned

LASTS = timedelta(days=7)
"""How long such a link may be answered (内部规则)."""

BY_STAFF = "这个浏览器里登录着本单位工作人员的账号，不能替客户答复或者撤回：请由本人在自己的手机上打开"
RIGHTS = ("customer.add", "consent.record")
RECORD = Customer.Kind.PERSON.value
NAME, BIRTHDAY = "name", "birthday"


ANSWERED = register_notice(
    NoticeKind(
        "customers.invitation_answered",
        "登记前的征求有了答复",
        "您发出的登记前征求有了答复：{answer}",
        "您在{day}发给监护人的登记前征求有了答复：{answer}。{what}",
        {"day": "2026-11-24", "answer": "同意登记", "what": "客户在您名下。"},
        button="打开",
    )
)
"""It says nothing of the child: who it is, is read on the page."""


@dataclass(frozen=True)
class Invited:
    """An invitation and the secret of its link, which is shown once."""

    invitation: Invitation
    secret: str


@transaction.atomic
def invite_guardian(*, codes: Sequence[str], actor: Member, at: datetime) -> Invited:
    """Make a link by which a guardian registers a child (登记前征求同意): the name, and these fields.

    Raises `Refused` without a notice that tells of each.
    """
    for right in RIGHTS:
        require(actor, right, on=actor.entity_id)
    notice = notice_in_force(actor.entity_id)
    told, known = told_by(notice), fields_of(actor.entity_id, RECORD)
    questions: list[Question] = []
    for code in dict.fromkeys((NAME, *codes)):
        field = known.get(code)
        asked = questions_about(field, told, each=True) if field and field.state is FieldState.ACTIVE else []
        if not asked:
            label = field.label if field else code[:20]
            raise Refused("not_told", f"现行的隐私告知里没有写到{label}：请先发布写有它的告知", field="separately")
        questions += asked
    assert notice is not None
    items = [one.kept() for one in questions]
    made = Invitation(
        id=new_id(),
        entity_id=actor.entity_id,
        member=actor,
        notice=notice,
        items=items,
        digest=digest_shown(notice, items),
        made_at=at,
        expires_at=at + LASTS,
    )
    made.save(force_insert=True)
    secret = new_link(made.entity_id, made.pk, expires_at=at + KEPT)
    record(Act("customers.invite_guardian", actor, at), entity_id=made.entity_id, subject=made)
    return Invited(made, secret)


def address_of(secret: str) -> str:
    """Where the guardian answers."""
    return f"{settings.GUIJU_CONSUMER_URL.rstrip('/')}/join/{secret}/"


@dataclass(frozen=True)
class Answer:
    """What a guardian typed: yes or no to each question in their order, the values by field code, and who they are."""

    answers: Sequence[bool]
    values: Mapping[str, str]
    guardian: Guardian | None
    member: Member | None = None
    """Who of the company is signed in in the same browser: nobody answers their own question."""


@transaction.atomic
def note_staff(*, secret: str, member: Member, at: datetime) -> None:
    """Write down who of the company opened such a link."""
    invitation = _locked(secret, at)
    record(Act("privacy.open_link", member, at), entity_id=invitation.entity_id, subject=invitation)


def refuse_staff(asked: Invitation | ConsentRequest, member: Member, at: datetime) -> str:
    """Write down that who works at the company tried what is only the person's own; returns why it isn't done."""
    act = Act("customers.refuse_answer", member, at, (), "在同一个浏览器里登录着工作人员的账号")
    record(act, entity_id=asked.entity_id, subject=asked)
    return BY_STAFF


def answer_invitation(*, secret: str, given: Answer, at: datetime) -> Customer | None:
    """Answer before being registered (答复登记前的征求): what was agreed to makes a customer, a no leaves nothing.

    The customer belongs to who sent the link. Whether the company has them already is told to nobody here.
    """
    if given.member is not None:
        # Refused after it was written down, not within: that has to stay.
        raise Refused("answered_by_staff", _tried_by_staff(secret, given.member, at))
    return _answered(secret, given, at)


@transaction.atomic
def _tried_by_staff(secret: str, member: Member, at: datetime) -> str:
    return refuse_staff(_locked(secret, at), member, at)


@transaction.atomic
def _answered(secret: str, given: Answer, at: datetime) -> Customer | None:
    invitation = _locked(secret, at)
    if not is_open(invitation, at):
        raise Refused("invitation_over", "这个链接已经用过或者过期：请联系发给您链接的单位重新发送")
    if len(given.answers) != len(invitation.items):
        raise Refused("answers_missing", "请对每一项选择同意或者不同意")
    customer = _registered(invitation, given, at) if any(given.answers) else None
    invitation.answered_at, invitation.customer = at, customer
    invitation.save(update_fields=["answered_at", "customer"])
    record(Act("customers.answer_invitation", None, at), entity_id=invitation.entity_id, subject=invitation)
    if customer is not None:
        _keep_answer(invitation, customer, given, at)
    _tell(invitation, customer, at)
    return customer


def _tell(invitation: Invitation, customer: Customer | None, at: datetime) -> None:
    """Let who sent the link, and has the customer now, hear of the answer, whichever it was."""
    said = ("同意登记", "客户在您名下。") if customer else ("没有同意", "没有登记任何内容。")
    where = ("customer_detail", [customer.pk]) if customer else ("invite_guardian", [])
    # It is answered where the addresses of the staff aren't known.
    url = reverse(where[0], args=where[1], urlconf="guiju.customers.urls")
    values = {"day": f"{day_of(invitation.made_at):%Y-%m-%d}", "answer": said[0], "what": said[1]}
    key = f"{ANSWERED.code}:{invitation.pk}"
    wanted = NewNotice(ANSWERED.code, invitation.entity_id, key, values, member=invitation.member, url=url)
    post_notice(wanted, Act("customers.answer_invitation", None, at))


def _registered(invitation: Invitation, given: Answer, at: datetime) -> Customer:
    agreed = [item for item, yes in zip(invitation.items, given.answers, strict=True) if yes]
    codes = {name.partition(".")[2] for item in agreed for name in item["fields"]}
    # What stands beside a no is not read at all; the birthday alone decides who has to answer.
    typed = {code: value for code, value in given.values.items() if code in codes | {BIRTHDAY}}
    values, problems = cleaned(fields_of(invitation.entity_id, RECORD), typed)
    if problems:
        raise Refused.because(problems)
    refuse_two_birthdays(values)
    birthday = born(values)
    if birthday is None or birthday > day_of(at):
        raise Refused("birthday_empty", "请填写孩子的出生日期，例如2015-03-01", field=BIRTHDAY)
    if NAME not in codes:
        raise Refused("name_refused", "不同意保存姓名，其余的也保存不了：请同意姓名，或者全部选择不同意", field=NAME)
    age = age_group(born=birthday, is_stated_adult=False, on=day_of(at), minor_until=None)
    refuse_without_guardian(given.guardian, age, invitation.entity.sector)
    member = invitation.member
    customer = Customer(
        id=new_id(), entity_id=invitation.entity_id, kind=RECORD, owner=member, made_at=at, changed_at=at
    )
    act = Act("customers.answer_invitation", None, at)
    with one_entry(act, about=customer):
        kept = {code: values.get(code, "") for code in codes}
        take_in(customer, kept, _how(invitation, agreed, given.guardian, birthday, age, at), act, is_new=True)
        customer.save(force_insert=True)
        record(act, entity_id=customer.entity_id, subject=customer)
    return customer


def _how(
    invitation: Invitation,
    agreed: Sequence[Mapping[str, object]],
    guardian: Guardian | None,
    birthday: date,
    age: AgeGroup,
    at: datetime,
) -> How:
    proof = proof_of(invitation.pk, invitation.digest)
    questions = [Question(str(item["purpose"]), tuple(item["fields"])) for item in agreed]  # type: ignore[arg-type]
    consents = [
        GivenConsent(one.purpose, Channel.ONLINE, proof, at, one.fields, guardian) for one in by_purpose(questions)
    ]
    return How(Channel.ONLINE, "登记前征求同意的链接", consents, age is AgeGroup.ADULT, birthday)


def _keep_answer(invitation: Invitation, customer: Customer, given: Answer, at: datetime) -> None:
    """Keep it as an answered question of the same id: the link shows what was agreed to, to be withdrawn there."""
    assert customer.subject is not None
    made = ConsentRequest(
        id=invitation.pk,
        entity_id=invitation.entity_id,
        subject=customer.subject,
        notice_id=invitation.notice_id,
        items=invitation.items,
        digest=invitation.digest,
        made_by_id=invitation.member.user_id,
        made_at=invitation.made_at,
        expires_at=invitation.expires_at,
        opened_at=at,
        answered_at=at,
        answers=list(given.answers),
    )
    made.save(force_insert=True)
    record(Act("privacy.answer_link", None, at), entity_id=made.entity_id, subject=made)


def _locked(secret: str, at: datetime) -> Invitation:
    require_scope()
    rows = Invitation.objects.select_for_update(of=("self",)).select_related("notice", "entity", "member__user")
    found = rows.filter(pk=linked(secret, at=at).request_id).first()
    if found is None:
        raise Missing("link_missing", "这个链接不对，或已经过期：请联系发给您链接的单位")
    return found


def is_open(invitation: Invitation, at: datetime) -> bool:
    """Whether it may be answered: once, in time, as long as the notice holds and the sender may still register."""
    if invitation.answered_at is not None or invitation.expires_at <= at or invitation.notice.ended_at is not None:
        return False
    if invitation.member.left_at is not None:
        return False
    with scope_with(invitation.entity_id):
        return allows(invitation.member, "customer.add", on=invitation.entity_id)
