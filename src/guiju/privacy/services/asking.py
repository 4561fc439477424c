"""People are asked for consents by a link, and answer there (征求同意, 个人信息保护法 第十四条).

Whoever holds the link answers for the person, so it goes to the person only; what was shown is kept with
its digest. A no is remembered: nobody is asked again for a while (网络数据安全管理条例 第二十二条).
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import require_scope, scope, scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.kernel.rules.facts import gate
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.organisations.registry import PURPOSES
from guiju.privacy.ages import answerer_of
from guiju.privacy.fields import Field
from guiju.privacy.guardians import Guardian
from guiju.privacy.models import Consent, ConsentLink, ConsentRequest, PrivacyNotice, Subject
from guiju.privacy.registry import ANSWERED
from guiju.privacy.selectors.consents import held_by
from guiju.privacy.selectors.noes import noes_of, recipient_of, refused_marketing_at
from guiju.privacy.selectors.notices import Told, notice_in_force
from guiju.privacy.services.consents import GivenConsent, is_informed, take_back, write_consent
from guiju.privacy.terms import MARKETING, AgeGroup, Answerer, Basis, Channel
from guiju.rulebook import rules_at

LASTS = timedelta(days=30)
"""How long a link may be answered; for looking and withdrawing it stays good for `KEPT`."""

KEPT = timedelta(days=365)
PAUSE = timedelta(days=90)
"""After a no, or a withdrawal, so long nobody is asked for the same (冷静期，内部规则)."""

MOST_ITEMS = 60
"""A child's record is asked about field by field, for each purpose."""


@dataclass(frozen=True)
class Question:
    """One thing that somebody is asked: a purpose, fields (record.code) one by one for it, or that a company gets them."""

    purpose: str
    fields: tuple[str, ...] = ()
    recipient_id: UUID | None = None

    def kept(self) -> dict[str, Any]:
        kept: dict[str, Any] = {"purpose": self.purpose, "fields": list(self.fields)}
        return kept | ({"recipient": str(self.recipient_id)} if self.recipient_id else {})


def questions_about(field: Field, told: Told, *, each: bool) -> list[Question]:
    """What is to be asked so that a value of this field may come in: one a purpose, or one a field and purpose.

    `each`: the person is asked about every field by itself, for what the record is held for, never for marketing.
    """
    names = (f"{field.record}.{field.code}",)
    known = told.purposes_of(field.record, field.code)
    if each:
        return [Question(purpose, names) for purpose in field.uses if purpose in known and purpose != MARKETING]
    if field.asks_separately:
        return [Question(purpose, names) for purpose in field.uses]
    return [Question(purpose) for purpose, basis in field.uses.items() if basis is Basis.CONSENT]


def by_purpose(questions: Iterable[Question]) -> list[Question]:
    """The same with all fields of a purpose in one, as consents are kept."""
    found: dict[tuple[str, bool, UUID | None], list[str]] = {}
    for one in questions:
        found.setdefault((one.purpose, bool(one.fields), one.recipient_id), []).extend(one.fields)
    return [Question(purpose, tuple(dict.fromkeys(names)), to) for (purpose, _, to), names in found.items()]


@dataclass(frozen=True)
class Asked:
    """A request and the secret of its link, which is shown once."""

    request: ConsentRequest
    secret: str


@transaction.atomic
def ask_consent(*, subject_id: UUID, questions: Sequence[Question], actor: Member, at: datetime) -> Asked:
    """Make a link by which a person is asked (征求同意).

    Raises `Refused` without a notice that tells of everything asked, and soon after a no.
    """
    subject = Subject.objects.select_for_update().filter(pk=subject_id).first()
    if subject is None:
        raise Missing("subject_missing", "没有这位客户，或您的角色看不到")
    require(actor, "consent.record", on=subject.entity_id)
    if not questions or len(questions) > MOST_ITEMS:
        raise Refused("questions_few", f"请选择要征求的内容，最多{MOST_ITEMS}项", field="purposes")
    with scope_with(subject.entity_id):
        notice = notice_in_force(subject.entity_id)
        if notice is None or not all(is_told(notice, one) for one in questions):
            raise Refused("not_told", "现行的隐私告知里没有写到这些内容：请先发布写有它们的告知", field="purposes")
        gate(
            rules_at("privacy.ask_consent"),
            {
                "was_refused_lately": _was_refused(subject, questions, at),
                "is_child": subject.age(None, day_of(at)) is AgeGroup.CHILD,
                "is_marketing": any(one.purpose == MARKETING for one in questions),
            },
            on=day_of(at),
        )
        items = [one.kept() for one in questions]
        made = ConsentRequest(
            id=new_id(),
            entity_id=subject.entity_id,
            subject=subject,
            notice=notice,
            items=items,
            digest=digest_shown(notice, items),
            made_by_id=actor.user_id,
            made_at=at,
            expires_at=at + LASTS,
        )
        made.save(force_insert=True)
        secret = new_link(subject.entity_id, made.pk, expires_at=at + KEPT)
        record(Act("privacy.ask_consent", actor, at), entity_id=made.entity_id, subject=made)
    return Asked(made, secret)


def new_link(entity_id: UUID, request_id: UUID, *, expires_at: datetime) -> str:
    """Make a link to a question of a company; returns its secret, which is kept nowhere."""
    secret = secrets.token_urlsafe(18)
    ConsentLink.objects.create(
        digest=_digest(secret), entity_id=entity_id, request_id=request_id, expires_at=expires_at
    )
    return secret


def proof_of(request_id: UUID, digest: str) -> str:
    """What proves a consent that was given on a page."""
    return f"在线页面 {request_id}，展示内容摘要 {digest[:16]}"


def digest_shown(notice: PrivacyNotice, items: Sequence[dict[str, Any]]) -> str:
    """SHA-256 over the notice's own digest and the questions, hexadecimal."""
    said = json.dumps({"notice": notice.digest, "items": items}, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode()).hexdigest()


def is_told(notice: PrivacyNotice, question: Question) -> bool:
    known = question.purpose in PURPOSES
    return known and is_informed(notice, question.purpose, question.fields, question.recipient_id)


def _was_refused(subject: Subject, questions: Sequence[Question], at: datetime) -> bool:
    """Whether a person said no lately to something of what they would be asked."""
    consents = list(Consent.objects.filter(subject=subject).order_by("given_at", "pk"))
    noes = [one for one in noes_of(subject.pk, consents) if one.at > at - PAUSE]
    if any(no.answers(one.purpose, one.fields, one.recipient_id) for no in noes for one in questions):
        return True
    if all(one.purpose != MARKETING for one in questions):
        return False
    refused_at = refused_marketing_at(subject)
    return refused_at is not None and refused_at > at - PAUSE


@dataclass(frozen=True)
class Opened:
    """A link that somebody opened: the request, and what the person consents to now."""

    request: ConsentRequest
    consents: Sequence[Consent]
    is_open: bool


def linked(secret: str, *, at: datetime) -> ConsentLink:
    """Where a link leads; raises `Missing` for one that isn't there, or is over."""
    found = ConsentLink.objects.filter(digest=_digest(secret), expires_at__gt=at).first()
    if found is None:
        raise Missing("link_missing", "这个链接不对，或已经过期：请联系发给您链接的单位")
    return found


@transaction.atomic
def open_link(*, secret: str, at: datetime, member: Member | None = None) -> Opened:
    """Look at a link without answering (打开征求页面); within the scope of its company.

    `member` is who of the company is signed in in the same browser: that they looked stands in the log.
    """
    require_scope()
    request = _request(secret, at)
    if member is not None:
        record(Act("privacy.open_link", member, at), entity_id=request.entity_id, subject=request)
    elif request.opened_at is None:
        request.opened_at = at
        request.save(update_fields=["opened_at"])
        record(Act("privacy.open_link", None, at), entity_id=request.entity_id, subject=request)
    in_force = Consent.objects.filter(subject_id=request.subject_id, ended_at=None).select_related("notice")
    return Opened(request, list(in_force.order_by("given_at", "pk")), _is_open(request, at))


def _is_open(request: ConsentRequest, at: datetime) -> bool:
    return request.answered_at is None and request.expires_at > at and request.notice.ended_at is None


@transaction.atomic
def answer_link(
    *,
    secret: str,
    answers: Sequence[bool],
    age: AgeGroup,
    guardian: Guardian | None = None,
    verified: str = "",
    at: datetime,
) -> ConsentRequest:
    """Answer what was asked (答复征求): each yes becomes a consent; each no is remembered, and ends what was agreed before.

    `verified` says how it was made sure who answers. `guardian` is who answers for a minor. Raises `Refused` once answered, and when the notice has changed meanwhile: what counts is what was shown.
    """
    request = _request(secret, at)
    if request.answered_at is not None:
        raise Refused("answered_already", "已经答复过：要改变，可以在下面撤回，或联系我们")
    if not _is_open(request, at):
        raise Refused("request_over", "这次征求已经过期，或隐私告知已经更新：请联系我们重新发送")
    refuse_without_guardian(guardian, age, request.entity.sector)
    if len(answers) != len(request.items):
        raise Refused("answers_missing", "请对每一项选择同意或者不同意")
    Subject.objects.select_for_update().get(pk=request.subject_id)
    act = Act("privacy.answer_link", None, at)
    proof = proof_of(request.pk, request.digest) + (f"，{verified}" if verified else "")
    agreed = []
    for item, answer in zip(request.items, answers, strict=True):
        if answer:
            agreed.append(Question(item["purpose"], tuple(item["fields"]), recipient_of(item)))
        else:
            _end_agreed(request.subject_id, item, act)
    for one in by_purpose(agreed):
        given = GivenConsent(
            one.purpose, Channel.ONLINE, proof, at, one.fields, guardian, recipient_id=one.recipient_id
        )
        write_consent(request.subject, given, age, Act("privacy.record_consent", None, at))
    request.answered_at, request.answers = at, list(answers)
    request.save(update_fields=["answered_at", "answers"])
    record(act, entity_id=request.entity_id, subject=request)
    for follow in ANSWERED:
        follow(request, at)
    return request


def refuse_without_guardian(guardian: Guardian | None, age: AgeGroup, sector: str) -> None:
    """Raise `Refused` where somebody answers for themselves whose guardian has to."""
    if guardian is None and answerer_of(age, sector) is Answerer.GUARDIAN:
        raise Refused("guardian_first", "这里要由父母或者其他监护人答复：请写明您的姓名和关系", field="guardian_name")


def _end_agreed(subject_id: UUID, item: Mapping[str, Any], act: Act) -> None:
    """End what somebody agreed to before and says no to now: the purpose as a whole, or the fields asked for."""
    agreed = Consent.objects.filter(
        subject_id=subject_id, purpose=item["purpose"], recipient_id=recipient_of(item), ended_at=None
    )
    asked = set(item["fields"])
    for found in agreed.select_for_update(of=("self",)):
        found.refresh_from_db()
        if found.ended_at is not None:
            continue
        held = held_by(found)
        named = sorted(asked & set(held))
        if not asked or (named and len(named) == len(held)):
            take_back(found, (), act)
        elif named:
            take_back(found, named, act)


@transaction.atomic
def withdraw_by_link(*, secret: str, consent_id: UUID, fields: Sequence[str] = (), at: datetime) -> None:
    """Withdraw a consent, or that to some fields of it, on the page of a link (本人撤回同意, 个人信息保护法 第十五条)."""
    request = _request(secret, at)
    found = Consent.objects.select_for_update(of=("self",)).filter(pk=consent_id).first()
    if found is None or found.subject_id != request.subject_id:
        raise Missing("consent_missing", "没有这项同意，或者已经撤回")
    take_back(found, fields, Act("privacy.withdraw_by_link", None, at))


def request_behind(secret: str, *, at: datetime) -> ConsentRequest:
    """What a link asks, locked; raises `Missing`. Within the scope of its company."""
    require_scope()
    return _request(secret, at)


def _request(secret: str, at: datetime) -> ConsentRequest:
    link = linked(secret, at=at)
    found = (
        ConsentRequest.objects.select_for_update(of=("self",))
        .select_related("subject", "notice", "entity")
        .filter(pk=link.request_id)
        .first()
    )
    if found is None:
        raise Missing("link_missing", "这个链接不对，或已经过期：请联系发给您链接的单位")
    return found


def _digest(secret: str) -> bytes:
    return hashlib.sha256(b"guiju/consent-link/1\x00" + secret.encode()).digest()


def company_of(secret: str, *, at: datetime) -> UUID:
    """The company whose page a link opens; asked before any scope is set."""
    with scope():
        return linked(secret, at=at).entity_id
