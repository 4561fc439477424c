"""Pages of the list of those who refuse what is commercial (合规 → 拒收名单)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.exports import ExportForm
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import Sheet
from guiju.organisations.views.exports import export_page
from guiju.privacy.exports import REFUSAL_HEADER, REFUSAL_WIDTHS, refusal_rows
from guiju.privacy.forms import AddRefusalForm, ImportRefusalsForm
from guiju.privacy.models import Message
from guiju.privacy.selectors.refusals import RefusalFilter, lines_of_refusals, refusals_for
from guiju.privacy.services import refusals as services
from guiju.privacy.services.addresses import MOST_TOLD, address_in
from guiju.privacy.services.messages import RIGHT
from guiju.privacy.views.messages import reached_at
from guiju.web.forms import FormPage
from guiju.web.paging import latest_of

REPLY = (
    "可以这样答复本人：已把您的{what}记入拒收名单，从现在起本集团各公司都不再向您发送商业信息。"
    "以后想再接收，由您本人重新同意。"
)


@member_required
@require_GET
def refusal_list(request: MemberRequest) -> HttpResponse:
    """拒收名单"""
    member, asked, trouble, is_refused = request.member, _asked(request), "", False
    address = ""
    try:
        if asked:
            wanted = address_in(asked)
            is_refused = services.look_up_refusal(address=wanted, actor=member, at=timezone.now())
            address = wanted
    except Refused as refused:
        trouble = refused.sentence
    narrowed = RefusalFilter.of_query(request.GET)
    page = latest_of(request, narrowed.of(refusals_for(member, address=address)))
    context = {
        "page": page,
        "lines": lines_of_refusals(member, page.object_list),
        "asked": asked,
        "narrowed": narrowed,
        "months": _months(timezone.localdate(), narrowed.month),
        "ways": [("person", "本人在网上"), ("import", "导入的"), *services.MEANS.items()],
        "address": address,
        "is_refused": is_refused,
        "trouble": trouble,
        "means": services.MEANS,
        "may_add": allows(member, "refusal.add", on=member.entity_id),
        "may_import": allows(member, "refusal.import", on=member.entity_id),
        "may_export": allows(member, "refusal.export", on=member.entity_id),
        "tab": "refusals",
    }
    return render(request, "privacy/refusal_list.html", context, status=422 if trouble else 200)


MONTHS = 24


def _months(on: date, asked: str) -> list[tuple[str, str]]:
    """The months that may be chosen, this one first, and the one that was asked for."""
    numbers = [on.year * 12 + on.month - 1 - back for back in range(MONTHS)]
    found = [f"{number // 12}-{number % 12 + 1:02}" for number in numbers]
    return [(one, f"{one[:4]}年{one[5:].lstrip('0')}月") for one in found] + (
        [(asked, asked)] if asked and asked not in found else []
    )


def _asked(request: HttpRequest) -> str:
    return request.GET.get("search", "").replace("\x00", "").strip()[:254]


@member_required
def add_refusal(request: MemberRequest) -> HttpResponse:
    """登记拒收"""
    member = request.member
    require(member, "refusal.add", on=member.entity_id)
    now, message = timezone.now(), _message(request)
    form = AddRefusalForm(request.POST or None, initial=_initial(message, now))
    if request.method == "POST" and form.is_valid():
        addresses = [form.cleaned_data["phone"], form.cleaned_data["email"]]
        try:
            made = services.add_refusal(addresses=addresses, said=form.said, actor=member, at=now)
        except GuijuError as error:
            show_problems(form, error)
        else:
            what = "和".join(one.get_sort_display() for one in made)
            messages.success(request, "已登记，立即生效。" + REPLY.format(what=what))
            return redirect("answer_message", message.pk) if message else redirect("refusal_list")
    intro = (
        "本人来电、来信或者当面表示不再接收商业信息的，当时就登记：本集团各公司都不再向这个手机、邮箱发送"
        "（消费者权益保护法实施条例第二十四条；对集团各公司都有效是内部规则）。名单里不留号码，只留索引、日期、怎样提出、"
        "登记人和加密的凭据；本公司客户的营销同意同时撤回。"
    )
    back = reverse("answer_message", args=[message.pk]) if message else reverse("refusal_list")
    page = FormPage("登记拒收", "登记", back, "本人留言" if message else "拒收名单", intro)
    return page.answer(request, form)


def _message(request: MemberRequest) -> Message | None:
    """The message of a person that is being dealt with, where one is named by who may read it."""
    if not allows(request.member, RIGHT, on=request.member.entity_id):
        return None
    try:
        named = UUID(request.GET.get("message", ""))
    except ValueError:
        return None
    return Message.objects.filter(pk=named, entity_id=request.member.entity_id, done_at=None).first()


def _initial(message: Message | None, now: datetime) -> dict[str, Any]:
    if message is None:
        return {"means": "call", "on": timezone.localdate(now)}
    reach = reached_at(message)
    field = "email" if "@" in reach else "phone"
    on = timezone.localdate(message.made_at)
    return {field: reach, "means": "message", "on": on, "proof": f"网上留言 {message.pk}"}


@member_required
def import_refusals(request: MemberRequest) -> HttpResponse:
    """导入拒收名单"""
    member = request.member
    require(member, "refusal.import", on=member.entity_id)
    initial = {"means": "list", "on": timezone.localdate()}
    form, made = ImportRefusalsForm(request.POST or None, request.FILES or None, initial=initial), None
    if request.method == "POST" and form.is_valid():
        try:
            made = services.import_refusals(given=form.read(), said=form.said, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
    context = {
        "form": form,
        "made": made,
        "wrong": made.wrong[:MOST_TOLD] if made else (),
        "more": max(len(made.wrong) - MOST_TOLD, 0) if made else 0,
    }
    return render(request, "privacy/import_refusals.html", context, status=422 if form.errors else 200)


@member_required
def export_refusals(request: MemberRequest) -> HttpResponseBase:
    """导出拒收名单"""
    asked, narrowed = _asked(request), RefusalFilter.of_query(request.GET)
    form = ExportForm(request.POST or None, purposes=["compliance", "marketing", "service"])

    @contextmanager
    def opened(said: dict[str, Any]) -> Iterator[Sheet]:
        address = address_in(asked) if asked else ""
        if address:
            services.look_up_refusal(address=address, actor=request.member, at=timezone.now())
        rows = narrowed.of(refusals_for(request.member, address=address))
        yield Sheet(rows.count(), REFUSAL_HEADER, REFUSAL_WIDTHS, refusal_rows(request.member, rows))

    query = "&".join(filter(None, (urlencode({"search": asked}) if asked else "", narrowed.query)))
    back = f"{reverse('refusal_list')}?{query}" if query else reverse("refusal_list")
    page = FormPage("导出拒收名单", "导出", back, "拒收名单", "导出的与名单显示的一样，不含号码；导出会被记录。")
    return export_page(request, form, page, right="refusal.export", opened=opened)
