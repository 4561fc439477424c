"""Pages for the people themselves, at the public listener: answering, withdrawing, refusing. No account, no script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone

from guiju.accounts.origin import origin_of
from guiju.accounts.sessions import user_of_cookie
from guiju.archives.selectors import Deletion, deletions_of
from guiju.customers.selectors.by_phone import age_of_subject, emails_of_phone, subjects_of_phone
from guiju.customers.services.own_page import (
    Answering,
    answer_by_link,
    phone_to_verify,
    refuse_by_phone,
    send_link_code,
    take_back_by_link,
    withdraw_by_phone,
)
from guiju.database.scope import scope
from guiju.documents.selectors import proof_address
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.kernel.identifiers import Invalid
from guiju.kernel.identifiers import email as mail
from guiju.kernel.identifiers import phone as mobile
from guiju.notifications.selectors.ways import sends_codes
from guiju.notifications.services.codes import check_code, send_code
from guiju.organisations.models import Entity, Member
from guiju.organisations.registry import PURPOSES
from guiju.privacy.ages import answerer_of
from guiju.privacy.guardians import RELATIONS, Guardian
from guiju.privacy.models import Consent, ConsentRequest, Message, PrivacyNotice
from guiju.privacy.selectors.consents import consents_of, recipient_words
from guiju.privacy.selectors.noes import recipient_of
from guiju.privacy.selectors.notices import givings_of
from guiju.privacy.services.asking import company_of, open_link, request_behind
from guiju.privacy.services.messages import WITHIN, Written, leave_message
from guiju.privacy.services.notices import contact_of
from guiju.privacy.terms import Answerer
from guiju.privacy.views.public import company_of_code

PURPOSE = "customers.own_consents"
"""What the codes of this page are for."""

_TICKET_LASTS = 15 * 60


@dataclass(frozen=True)
class QuestionLine:
    """One question in words, with the name of its buttons and what was chosen; `giving` says who would get what."""

    name: str
    purpose: str
    fields: Sequence[str]
    chosen: str = ""
    giving: str = ""


def consent_page(request: HttpRequest, secret: str) -> HttpResponse:
    """What somebody is asked, and what they consented to; answered and withdrawn here."""
    now = timezone.now()
    entity_id = company_of(secret, at=now)
    with scope(entities={entity_id}):
        told = ""
        trouble = ""
        member = member_at(request, entity_id)
        if request.method == "POST":
            try:
                told, trouble = _act(request, secret, member)
            except Missing:
                raise
            except GuijuError as error:
                trouble = error.sentence
        opened = open_link(secret=secret, at=now, member=member)
        lines = _lines(opened.request.items, opened.request.notice, request)
        context = {
            "asked": opened.request,
            "company": Entity.objects.get(pk=entity_id),
            "lines": lines,
            "relations": RELATIONS,
            "answerer": _answerer(opened.request),
            "needs_code": opened.is_open and bool(phone_to_verify(opened.request.subject)),
            "typed": request.POST,
            "is_open": opened.is_open,
            "consents": _consent_lines(opened.consents, opened.request.notice.items),
            "deletions": _deletions(entity_id, [opened.request.subject_id]),
            "told": told,
            "trouble": trouble,
            "has_sensitive": any(line.fields for line in lines),
        }
        return render(request, "customers/consent_page.html", context, status=422 if trouble else 200)


def _answerer(asked: ConsentRequest) -> Answerer:
    return answerer_of(age_of_subject(asked.subject, on=timezone.localdate()), asked.entity.sector)


def member_at(request: HttpRequest, entity_id: UUID) -> Member | None:
    """Who of the company whose page it is, is signed in in this browser."""
    user = user_of_cookie(request)
    if user is None:
        return None
    return Member.objects.select_related("user").filter(user=user, entity_id=entity_id, left_at=None).first()


def _act(request: HttpRequest, secret: str, member: Member | None) -> tuple[str, str]:
    """What was done, and what stands against it."""
    now = timezone.now()
    if "withdraw" in request.POST:
        consent_id, fields = _withdrawn(request.POST["withdraw"])
        trouble = take_back_by_link(secret=secret, consent_id=consent_id, fields=fields, member=member, at=now)
        return "" if trouble else "已撤回，立即生效", trouble
    if "send" in request.POST:
        to = send_link_code(secret=secret, origin=origin_of(request).address or "", at=now)
        return f"验证码已发到 {to}，5分钟内有效", ""
    asked = request_behind(secret, at=now)
    chosen = [request.POST.get(f"q{number}", "") for number in range(len(asked.items))]
    if any(one not in ("yes", "no") for one in chosen):
        raise Refused("answers_missing", "请对每一项选择同意或者不同意")
    given = Answering(
        [one == "yes" for one in chosen], _guardian(request.POST), request.POST.get("code", "")[:20], member
    )
    trouble = answer_by_link(secret=secret, given=given, at=now)
    return "" if trouble else "已收到您的答复，谢谢", trouble


def _guardian(given: QueryDict) -> Guardian | None:
    if given.get("by_guardian") != "yes":
        return None
    return Guardian(given.get("guardian_name", ""), given.get("guardian_relation", ""))


def _withdrawn(text: str) -> tuple[UUID, Sequence[str]]:
    """Which consent a button takes back, and which field of it (record.code) where it names one."""
    consent, _, field = text.partition(" ")
    try:
        return UUID(consent), (field,) if field else ()
    except ValueError:
        raise Missing("consent_missing", "没有这项同意，或者已经撤回") from None


def _lines(items: Sequence[dict[str, Any]], notice: PrivacyNotice, request: HttpRequest) -> list[QuestionLine]:
    told = notice.items
    givings = {(company, purpose): words for company, purpose, words in givings_of(notice)}
    return [
        QuestionLine(
            f"q{number}",
            PURPOSES[item["purpose"]],
            [told[name]["label"] for name in item["fields"] if name in told],
            request.POST.get(f"q{number}", ""),
            givings.get((company, item["purpose"]), "") if (company := recipient_of(item)) else "",
        )
        for number, item in enumerate(items)
    ]


def _consent_lines(consents: Sequence[Consent], told: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            "consent": one,
            "purpose": PURPOSES.get(one.purpose, one.purpose),
            "recipient": recipient_words(one.notice, one.recipient_id),
            "fields": [told[name]["label"] if name in told else name for name in one.fields],
            "named": [(name, told[name]["label"] if name in told else name) for name in one.fields],
        }
        for one in consents
    ]


def own_consents(request: HttpRequest, code: str) -> HttpResponse:
    """One's own consents at a company, by a code to one's phone: withdraw them, or refuse all advertising."""
    company = company_of_code(code)
    with scope(entities={company.pk}):
        context: dict[str, Any] = {"company": company, "step": "phone"}
        if not sends_codes(company.pk):
            context |= _message(request, company)
            return render(request, "customers/own_consents.html", context, status=422 if context["trouble"] else 200)
        try:
            if request.method == "POST":
                context |= _step(request, company)
        except Missing:
            raise
        except Refused as error:
            context |= {"trouble": error.sentence, "phone": request.POST.get("phone", "")[:20]}
            context["step"] = "code" if error.problems[0].field == "code" else "phone"
        status = 422 if context.get("trouble") else 200
        return render(request, "customers/own_consents.html", context, status=status)


def _message(request: HttpRequest, company: Entity) -> dict[str, Any]:
    """Where no code can be sent: a message that staff deal with; whoever writes is told the same."""
    given = request.POST
    context = {"step": "contact", "contact": contact_of(company.pk), "abouts": Message.About.choices, "trouble": ""}
    if request.method != "POST":
        return context
    written = Written(*(given.get(name, "") for name in ("about", "reach", "name", "text")))
    try:
        leave_message(entity_id=company.pk, written=written, origin=origin_of(request).address or "", at=timezone.now())
    except Refused as error:
        return context | {"trouble": error.sentence, "typed": given}
    told = f"已收到您的留言，我们会在{WITHIN.days}日内用您留下的方式答复您；答复以前可能先与您核实身份"
    return context | {"told": told}


def _step(request: HttpRequest, company: Entity) -> dict[str, Any]:
    given, now = request.POST, timezone.now()
    if "ticket" in given:
        number = _holder_of(given["ticket"], company)
        told = ""
        if "refuse" in given:
            with_email = given["refuse"] == "all"
            refuse_by_phone(entity_id=company.pk, phone=number, with_email=with_email, at=now)
            what = "这个手机和登记的邮箱" if with_email else "这个手机"
            told = f"已记入拒收名单，本集团各公司不再向{what}发送商业信息"
        elif "withdraw" in given:
            consent_id, fields = _withdrawn(given["withdraw"])
            withdraw_by_phone(entity_id=company.pk, phone=number, consent_id=consent_id, fields=fields, at=now)
            told = "已撤回，立即生效"
        return _list(company, number, given["ticket"]) | {"told": told}
    number = _number(given.get("phone", ""))
    if "code" not in given:
        send_code(entity_id=company.pk, purpose=PURPOSE, phone=number, origin=origin_of(request).address or "", at=now)
        return {"step": "code", "phone": number}
    if not check_code(entity_id=company.pk, purpose=PURPOSE, phone=number, code=given["code"], at=now):
        return {"step": "code", "phone": number, "trouble": "验证码不对，请核对短信"}
    return _list(company, number, signing.dumps([str(company.pk), number], salt=PURPOSE))


def _list(company: Entity, number: str, ticket: str) -> dict[str, Any]:
    subjects = subjects_of_phone(company.pk, number)
    found = [one for subject in subjects for one in consents_of(subject).defer(None) if one.ended_at is None]
    lines = [line for one in found for line in _consent_lines([one], one.notice.items)]
    shown = {"emails": [mail.mask(one) for one in emails_of_phone(company.pk, number)], "phone": mobile.mask(number)}
    return {"step": "list", "ticket": ticket, "consents": lines, "deletions": _deletions(company.pk, subjects)} | shown


def _deletions(entity_id: UUID, subjects: Sequence[UUID]) -> list[tuple[Deletion, str]]:
    """What was deleted of somebody, each with the public page that proves it."""
    return [(one, proof_address(one.entry_id) if one.entry_id else "") for one in deletions_of(entity_id, subjects)]


def _holder_of(ticket: str, company: Entity) -> str:
    try:
        entity, number = signing.loads(ticket, salt=PURPOSE, max_age=_TICKET_LASTS)
    except (signing.BadSignature, ValueError):
        raise Refused("ticket_over", "验证已经过期，请重新获取验证码", field="phone") from None
    if entity != str(company.pk):
        raise Refused("ticket_over", "验证已经过期，请重新获取验证码", field="phone")
    return str(number)


def _number(text: str) -> str:
    try:
        return mobile.check(text)
    except Invalid as invalid:
        raise Refused("phone_invalid", invalid.sentence, field="phone") from None
