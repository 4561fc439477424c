"""A notice of the days before this system is put down."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone

from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.forms import EarlierNoticeForm
from guiju.privacy.selectors.catalogue import catalogue_for
from guiju.privacy.services import earlier_notices as services
from guiju.privacy.wording import told_fields
from guiju.web.forms import FormPage

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
