"""A notice of the days before this system is put down."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from guiju.kernel.errors import GuijuError, Missing
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.forms import CorrectNoticeForm, EarlierNoticeForm
from guiju.privacy.selectors.catalogue import catalogue_for
from guiju.privacy.selectors.notices import notices_for
from guiju.privacy.services import earlier_notices as services
from guiju.privacy.wording import told_fields
from guiju.web.forms import FormPage

_CORRECTING = (
    "补登错了的，照客户当时真正看到的重新录入，成为新的一版；原来的一版留着，标明已更正，不能删改。"
    "那段时间作出的同意，只到更正以后写到的为止；因此不能再用的值，“数据清理”找得到。"
)
_INTRO = "补登以前用过的告知，纸质的照原文录入；当时作出的同意凭它登记。只登记确实给客户看过的。"


@member_required
def register_earlier_notice(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """补登隐私告知"""
    require(request.member, "catalogue.publish", on=company_id)
    form = EarlierNoticeForm(request.POST or None, told=told_fields(catalogue_for(request.member, company_id)))
    back = reverse("company_notices", args=[company_id])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = services.register_earlier_notice(
                entity_id=company_id,
                text=said["text"],
                since=said["since"],
                fields=said["fields_told"],
                purposes=said["purposes"],
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已补登为第{made.version}版：那段时间作出的同意可以登记了")
            return redirect("privacy_notice", company_id, made.version)
    return FormPage("补登以前的隐私告知", "补登", back, "隐私告知", _INTRO).answer(request, form)


@member_required
def correct_earlier_notice(request: MemberRequest, company_id: UUID, version: int) -> HttpResponse:
    """更正补登的隐私告知"""
    require(request.member, "catalogue.publish", on=company_id)
    found = notices_for(request.member, company_id).filter(version=version).first()
    if found is None or found.registered_at is None:
        raise Missing("notice_missing", "没有补登过这一版隐私告知")
    known = told_fields(catalogue_for(request.member, company_id))
    initial = {
        "text": found.text,
        "fields_told": list(found.items),
        "purposes": sorted({purpose for item in found.items.values() for purpose in item["uses"]}),
    }
    form = CorrectNoticeForm(request.POST or None, told=known, initial=initial)
    back = reverse("privacy_notice", args=[company_id, version])
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            made = services.correct_earlier_notice(
                entity_id=company_id,
                version=version,
                text=said["text"],
                fields=said["fields_told"],
                purposes=said["purposes"],
                reason=said["reason"],
                actor=request.member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已更正为第{made.version}版；第{version}版留着，标明由它更正")
            return redirect("privacy_notice", company_id, made.version)
    return FormPage(f"更正补登的第{version}版", "更正", back, f"第{version}版", _CORRECTING).answer(request, form)
