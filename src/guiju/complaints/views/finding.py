"""The page for who has lost the link of their case: number and phone, and a code to that phone."""

from __future__ import annotations

from contextlib import suppress

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from guiju.accounts.origin import origin_of
from guiju.complaints.forms.public import FindForm
from guiju.complaints.selectors.tracking import company_of_number
from guiju.complaints.services.complainant import find_own_complaint, send_finding_code
from guiju.database.scope import scope
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.selectors.ways import sends_codes

_SENT = "编号和手机对得上的，验证码已经发出，5分钟内有效。没有收到的，请核对编号和手机，一分钟后再试。"
_WRONG = "没有打开：请核对编号、手机和验证码。验证码输错几次以后要重新获取。"
_WITHOUT = "这家公司还没有开通短信：请用提交时给您的链接，或者打公司的电话。"


@require_http_methods(["GET", "POST"])
def find_complaint(request: HttpRequest, number: str = "") -> HttpResponse:
    """查投诉进度"""
    form, told = FindForm(request.POST or None, initial={"number": number}), ""
    if request.method == "POST" and form.is_valid():
        try:
            if opened := _opened(request, form):
                return HttpResponseRedirect(opened)
            told = _SENT
        except Refused as refused:
            form.add_error(None, refused.sentence)
    context = {"form": form, "told": told}
    return render(request, "complaints/find.html", context, status=422 if form.errors else 200)


def _opened(request: HttpRequest, form: FindForm) -> str:
    """Where the case opens; nothing after a code was sent. Whether there is such a case is said to nobody."""
    said, now, is_sending = form.cleaned_data, timezone.now(), request.POST.get("do") == "send"
    try:
        company = company_of_number(said["number"])
    except Missing:
        if is_sending:
            return ""
        raise Refused("not_opened", _WRONG) from None
    with scope(entities={company}):
        if not sends_codes(company):
            raise Refused("no_codes", _WITHOUT)
        if is_sending:
            origin = origin_of(request).address or ""
            # That it was too often would tell that number and phone belong together.
            with suppress(Refused):
                send_finding_code(number=said["number"], phone=said["phone"], origin=origin, at=now)
            return ""
        code = None
        # That a code is used up would tell it, too.
        with suppress(Refused):
            code = find_own_complaint(number=said["number"], phone=said["phone"], code=said["code"][:20], at=now)
    if code is None:
        raise Refused("not_opened", _WRONG)
    return reverse("complaint_case", args=[said["number"].strip(), code])
