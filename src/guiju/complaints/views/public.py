"""Pages for who complains, at the public listener: no account, no script needed, phone first."""

from __future__ import annotations

import secrets
from dataclasses import replace

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from guiju.accounts.origin import origin_of
from guiju.complaints.doors import DOORS
from guiju.complaints.forms.public import ComplainForm
from guiju.complaints.handovers import handed_over
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.attachments import files_of_complainant
from guiju.complaints.selectors.tracking import company_of_number, tracked
from guiju.complaints.services.complainant import (
    Key,
    agree_to_answer,
    is_lent,
    opened_case,
    rate_handling,
    say_more,
    send_phone_code,
    verify_phone,
)
from guiju.complaints.services.files import most_sent, send_files
from guiju.complaints.services.intake import LONGEST_SHOP, receive_complaint
from guiju.database.scope import scope
from guiju.kernel.errors import GuijuError, Missing, Refused
from guiju.keys.values import sealed_values
from guiju.notifications.selectors.ways import sends_codes
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Entity
from guiju.privacy.views.public import company_of_code
from guiju.web.middleware import CONTENT_SECURITY_POLICY
from guiju.web.uploads import Sent, sent_files


@require_http_methods(["GET", "POST"])
def complain(request: HttpRequest, code: str) -> HttpResponse:
    """投诉"""
    company = company_of_code(code)
    with sent_files(request, most_sent()) as sent:
        initial = _initial(request, company)
        form = ComplainForm(request.POST or None, request.FILES or None, initial=initial)
        if request.method == "POST" and form.is_valid():
            with scope(entities={company.pk}):
                try:
                    return _taken_in(request, company, form, sent)
                except GuijuError as error:
                    show_problems(form, error)
        context = {"company": company, "form": form, "files_again": bool(sent.files or sent.dropped)}
        shown = render(request, "complaints/complain.html", context, status=422 if form.errors else 200)
        return _framed(request, shown)


def _initial(request: HttpRequest, company: Entity) -> dict[str, str]:
    """What is known before anything is typed: the shop of the poster, who is signed in in the company's app."""
    known = {"key": secrets.token_urlsafe(16), "shop": request.GET.get("shop", "")[:LONGEST_SHOP]}
    token = request.GET.get("token", "")
    if said := handed_over(company.pk, token, at=timezone.now()):
        known |= {"contact_name": said.name, "contact_phone": said.phone, "order_no": said.order_no, "handover": token}
    return known


def _is_vouched_for(company: Entity, form: ComplainForm) -> bool:
    """Whether the app handed over this very phone."""
    said = handed_over(company.pk, form.cleaned_data["handover"], at=timezone.now())
    return said is not None and bool(said.phone) and said.phone == form.said.phone.strip()


def _framed(request: HttpRequest, shown: HttpResponse) -> HttpResponse:
    """This page alone, opened by the button, stands in pages of others: it has no session that a click could use."""
    if request.GET.get("from") == "widget":
        shown["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
            "frame-ancestors 'none'", "frame-ancestors *"
        )
    return shown


def _taken_in(request: HttpRequest, company: Entity, form: ComplainForm, sent: Sent) -> HttpResponse:
    """The complaint first, then its files: what comes of them changes nothing of it."""
    taken = receive_complaint(
        entity_id=company.pk,
        said=replace(form.said, is_verified=_is_vouched_for(company, form)),
        channel=DOORS.get(request.GET.get("from", ""), Complaint.Channel.PAGE),
        origin=origin_of(request).address or "",
        at=timezone.now(),
    )
    number, context = taken.complaint.number, {"company": company, "number": taken.complaint.number}
    if not taken.code:
        has_files = bool(sent.files or sent.dropped)
        return _framed(request, render(request, "complaints/known.html", {**context, "has_files": has_files}))
    told = _add_files(request, Key(number, taken.code), sent)
    address = reverse("complaint_case", args=[number, taken.code])
    if told or request.GET.get("from") == "widget":
        context |= {"address": address, "told": told}
        return _framed(request, render(request, "complaints/received.html", context))
    # Sent again by going back, nothing is made twice: the page behind has an address of its own.
    return HttpResponseRedirect(address)


def _add_files(request: HttpRequest, key: Key, sent: Sent) -> list[str]:
    return send_files(key=key, sent=sent, origin=origin_of(request).address or "", at=timezone.now())


@require_http_methods(["GET", "POST"])
def complaint_case(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """投诉进度"""
    key, told, trouble = Key(number, secret), "", ""
    company_id = company_of_number(number)
    with scope(entities={company_id}), sent_files(request, most_sent()) as sent:
        opened_case(key)
        if request.method == "POST":
            try:
                told = _act(request, key, sent)
            except Missing:
                raise
            except GuijuError as error:
                trouble = error.sentence
        case = opened_case(key)
        company = Entity.objects.get(pk=company_id)
        has_phone = bool(sealed_values(case, "sealed").get("phone"))
        context = {
            "company": company,
            "tracked": tracked(case, at=timezone.now()),
            "case": case,
            "files": files_of_complainant(case),
            "is_lent": is_lent(case, secret),
            "told": told,
            "trouble": trouble,
            "typed": request.POST if trouble else {},
            "may_verify": has_phone and case.verified_at is None and sends_codes(company.pk),
        }
        return render(request, "complaints/case.html", context, status=422 if trouble else 200)


def _act(request: HttpRequest, key: Key, sent: Sent) -> str:
    """One of the forms of the page; what was done, in a sentence."""
    now, typed = timezone.now(), request.POST
    match typed.get("do", ""):
        case "say":
            say_more(key=key, text=typed.get("text", ""), at=now)
            return "留言已收到"
        case "file":
            if not sent.files and not sent.dropped:
                raise Refused("file_missing", "请选择文件")
            if told := _add_files(request, key, sent):
                raise Refused("files_dropped", "；".join(told))
            return "文件已收到"
        case "agree" | "disagree" as word:
            agree_to_answer(key=key, agrees=word == "agree", text=typed.get("text", ""), at=now)
            return "已记下您同意" if word == "agree" else "已记下您不同意，我们继续办理"
        case "rate":
            stars = typed.get("stars", "")
            rate_handling(key=key, stars=int(stars) if stars.isdecimal() and len(stars) == 1 else 0, at=now)
            return "谢谢您的评价"
        case "send":
            send_phone_code(key=key, origin=origin_of(request).address or "", at=now)
            return "验证码已发出，5分钟内有效"
        case "verify":
            if verify_phone(key=key, code=typed.get("code", "")[:20], at=now):
                return "手机已核验"
            raise Refused("code_wrong", "验证码不对，请核对短信")
    raise Refused("nothing_asked", "请选择要办什么")
