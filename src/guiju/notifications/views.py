"""Pages of notices: the inbox, what was sent, the ways out and the words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings as configured
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError, Missing
from guiju.notifications.channels import SENDERS
from guiju.notifications.forms import CHANNEL_FORMS, PreferenceForm, SmsTextForm, WordingForm
from guiju.notifications.models import Notice, SmsText, Sort
from guiju.notifications.registry import NOTICES
from guiju.notifications.selectors import notices as selectors
from guiju.notifications.selectors import ways
from guiju.notifications.services import inbox as inbox_services
from guiju.notifications.services import receiving, settings, settling, wordings
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.selectors import companies_for, company_for, seeing
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of, page_of


@member_required
@require_GET
def inbox(request: MemberRequest) -> HttpResponse:
    """收件箱"""
    page = latest_of(request, selectors.inbox_of(request.member))
    context = {
        "page": page,
        "lines": selectors.shown(page.object_list),
        "unread": selectors.count_unread(request.member),
        "tab": "inbox",
    }
    return render(request, "notifications/inbox.html", context)


@member_required
@require_POST
def read_notice(request: MemberRequest, notice_id: UUID) -> HttpResponse:
    """Read, and on to where it is done."""
    notice = inbox_services.read_notice(notice_id=notice_id, actor=request.member, at=timezone.now())
    return redirect(notice.url or "inbox")


@member_required
@require_POST
def read_all(request: MemberRequest) -> HttpResponse:
    tell(
        request,
        lambda: f"{inbox_services.read_all(actor=request.member, at=timezone.now())}条通知标为已读",
    )
    return redirect("inbox")


@member_required
def choose_preference(request: MemberRequest) -> HttpResponse:
    """How a member wants to be told."""
    now = ways.preference_of(request.member)
    names = ("route", "digest_at", "quiet_from", "quiet_until")
    form = PreferenceForm(request.POST or None, initial={name: getattr(now, name) for name in names})
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            inbox_services.choose_preference(
                route=values["route"],
                digest_at=values["digest_at"],
                quiet=(values["quiet_from"], values["quiet_until"]),
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已保存")
            return redirect("inbox")
    intro = "所有通知都在收件箱里。急的立即发，其余的每天早上合成一份摘要。"
    return FormPage("通知偏好", "保存", reverse("inbox"), "收件箱", intro).answer(request, form)


@member_required
@require_GET
def sent_list(request: MemberRequest) -> HttpResponse:
    """发出的通知"""
    state, kind = request.GET.get("state", ""), request.GET.get("kind", "")
    with seeing(request.member, "notice.read", on=timezone.localdate()) as sight:
        page = latest_of(request, selectors.sent_in(sight, state=state, kind=kind))
        counts = selectors.counts_in(sight)
        context = {
            "page": page,
            "lines": selectors.shown(page.object_list),
            "states": [(one.value, one.label, counts.get(one.value, 0)) for one in Notice.State],
            "state": state,
            "kinds": NOTICES.values(),
            "kind": kind,
            "hidden": selectors.hidden_notices(sight),
            "is_of_many": len(sight.entities) > 1,
            "tab": "sent",
        }
        return render(request, "notifications/sent_list.html", context)


@member_required
@require_GET
def sent_detail(request: MemberRequest, notice_id: UUID) -> HttpResponse:
    """What was sent, over which channels, and what became of it."""
    with seeing(request.member, "notice.read", on=timezone.localdate()) as sight:
        notice = selectors.notice_in(sight, notice_id)
        context = {
            "one": selectors.shown([notice])[0],
            "attempts": list(selectors.attempts_of(notice)),
            "is_demo": configured.GUIJU_IS_DEMO,
            "may_settle": allows(request.member, "notice.settle", on=notice.entity_id),
            "tab": "sent",
        }
        return render(request, "notifications/sent_detail.html", context)


@member_required
@require_POST
def settle_uncertain(request: MemberRequest, notice_id: UUID) -> HttpResponse:
    has_arrived = request.POST.get("decision") == "arrived"

    def settle() -> str:
        settling.settle_uncertain(
            notice_id=notice_id,
            has_arrived=has_arrived,
            reason=request.POST.get("reason", ""),
            actor=request.member,
            at=timezone.now(),
        )
        return "已认定为送达" if has_arrived else "将重新发送"

    tell(request, settle)
    return redirect("sent_detail", notice_id)


@member_required
@require_POST
def retry_notice(request: MemberRequest, notice_id: UUID) -> HttpResponse:
    def retry() -> str:
        settling.retry_notice(notice_id=notice_id, actor=request.member, at=timezone.now())
        return "将重新发送"

    tell(request, retry)
    return redirect("sent_detail", notice_id)


@member_required
@require_GET
def wording_list(request: MemberRequest) -> HttpResponse:
    """通知模板"""
    member = request.member
    require(member, "notice.write", on=member.entity_id)
    lines = [(kind, ways.wording_of(member.entity_id, kind)) for kind in NOTICES.values()]
    return render(request, "notifications/wording_list.html", {"lines": lines, "tab": "wordings"})


@member_required
def write_wording(request: MemberRequest, kind: str) -> HttpResponse:
    """The company's own words for a kind of notice."""
    member = request.member
    require(member, "notice.write", on=member.entity_id)
    found = NOTICES.get(kind)
    if found is None:
        raise Missing("no_such_notice", "没有这种通知")
    now = ways.wording_of(member.entity_id, found)
    form = WordingForm(request.POST or None, initial={"title": now.title, "text": now.text})
    if request.method == "POST" and form.is_valid():
        try:
            made = wordings.write_wording(
                entity_id=member.entity_id,
                kind=kind,
                title=form.cleaned_data["title"],
                text=form.cleaned_data["text"],
                actor=member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"已保存“{found.label}”的第{made.version}版")
            return redirect("wording_list")
    known = "、".join(f"{{{name}}}（如：{sample}）" for name, sample in found.variables.items())
    intro = f"可以用的变量：{known}。" + ("这是推广性的内容，保存前会审查。" if found.is_promotion else "")
    return FormPage(f"通知模板：{found.label}", "保存", reverse("wording_list"), "通知模板", intro).answer(
        request, form
    )


@member_required
@require_GET
def channel_list(request: MemberRequest) -> HttpResponse:
    """通知渠道"""
    member = request.member
    require(member, "channel.set_up", on=member.entity_id)
    page = page_of(request, companies_for(member).order_by("name"))
    companies = [one.pk for one in page.object_list]
    channels, signatures = ways.channels_of_many(companies), ways.signatures_of_many(companies)
    lines = [(one, channels[one.pk], signatures.get(one.pk)) for one in page.object_list]
    return render(request, "notifications/channel_list.html", {"page": page, "lines": lines, "tab": "channels"})


@member_required
@require_GET
def company_channels(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """The ways out of one company."""
    company = company_for(request.member, company_id)
    require(request.member, "channel.set_up", on=company.pk)
    found = ways.channels_of(company.pk)
    texts = sorted(ways.sms_texts_of(company.pk).values(), key=lambda one: one.kind)
    own = found.get(Sort.SMS)
    context = {
        "company": company,
        "lines": [(sort, found.get(sort)) for sort in Sort],
        "texts": [(one, NOTICES[one.kind].label if one.kind in NOTICES else one.kind or "签名") for one in texts],
        "receipts": f"{_public_url()}{receiving.receipt_path(own)}" if own else "",
        "tab": "channels",
    }
    return render(request, "notifications/company_channels.html", context)


def _public_url() -> str:
    found: str = configured.GUIJU_CONSUMER_URL
    return found.rstrip("/")


@member_required
def set_up_channel(request: MemberRequest, company_id: UUID, channel: str) -> HttpResponse:
    """One way out of one company."""
    company = company_for(request.member, company_id)
    require(request.member, "channel.set_up", on=company.pk)
    chosen = _sort(channel)
    known = ways.channels_of(company.pk).get(chosen)
    own = known.settings if known and known.entity_id == company.pk else {}
    form = CHANNEL_FORMS[chosen](request.POST or None, initial=own)
    if request.method == "POST" and form.is_valid():
        try:
            settings.set_up_channel(
                entity_id=company.pk,
                sort=chosen,
                values=form.values,
                secret=form.cleaned_data.get("secret", ""),
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"{company.name}的{chosen.label}已设置")
            return redirect("company_channels", company.pk)
    back = reverse("company_channels", args=[company.pk])
    return FormPage(f"设置{chosen.label}", "保存", back, company.name, _ABOUT.get(chosen, "")).answer(request, form)


_ABOUT = {
    Sort.SMS: "每家公司用自己的签名。带“未在线验证”的网关按服务商公开的文档写成，没有连过真实的服务。",
    Sort.SMTP: "下属公司没有自己的邮件服务器时，用上级公司的。邮件发送中断时无从查问，会标为“不确定”，不会自动重发。",
    Sort.WEBHOOK: "给公司自己的程序。每条通知一个 POST，带签名（Guiju-Signature）和编号（Idempotency-Key）：同一编号再来时，接收方要当作已收到。",
    Sort.WECOM_APP: "按企业微信公开的接口文档写成，没有连过真实的服务。成员按手机号码对应。",
    Sort.WECOM_ROBOT: "按企业微信公开的接口文档写成，没有连过真实的服务。地址就是密钥，加密保存。",
}


def _sort(text: str) -> Sort:
    if text not in SENDERS:
        raise Missing("no_such_channel", "没有这种渠道")
    return Sort(text)


@member_required
@require_POST
def end_channel(request: MemberRequest, company_id: UUID, channel: str) -> HttpResponse:
    def end() -> str:
        made = settings.end_channel(entity_id=company_id, sort=_sort(channel), actor=request.member, at=timezone.now())
        return f"已停用{made.get_sort_display()}"

    tell(request, end)
    return redirect("company_channels", company_id)


@member_required
def set_sms_text(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """What the provider has approved: the signature, or a template."""
    company = company_for(request.member, company_id)
    require(request.member, "channel.set_up", on=company.pk)
    form = SmsTextForm(request.POST or None, initial=_registered(company.pk, request.GET.get("kind", "")))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        wanted = settings.Approved(
            values["kind"],
            values["text"],
            SmsText.State(values["state"]),
            values["code"],
            values["note"],
            values["balance"],
        )
        try:
            settings.set_sms_text(entity_id=company.pk, wanted=wanted, actor=request.member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已登记")
            return redirect("company_channels", company.pk)
    intro = "照服务商后台里的填写。没有通过审核的，通知会走下一个渠道，并显示“未能短信送达”。"
    back = reverse("company_channels", args=[company.pk])
    return FormPage("短信签名与模板", "登记", back, company.name, intro).answer(request, form)


def _registered(entity_id: UUID, kind: str) -> dict[str, Any]:
    known = ways.sms_texts_of(entity_id).get(kind)
    names = ("kind", "text", "code", "state", "balance", "note")
    return {name: getattr(known, name) for name in names} if known else {"kind": kind}


@csrf_exempt
@require_POST
def take_receipts(request: HttpRequest, entity_id: UUID, channel_id: UUID, word: str) -> HttpResponse:
    """A gateway reports; the address holds what it is known by."""
    taken = receiving.take_receipts(
        entity_id=entity_id, channel_id=channel_id, word=word, body=request.body, at=timezone.now()
    )
    if taken.is_early:
        # Of a message that is just being handed over: gateways report again what wasn't taken.
        return JsonResponse({"code": 1, "message": "try again"}, status=503, headers={"Retry-After": "30"})
    return JsonResponse({"code": 0, "message": "ok"})
