"""Pages for who looks after the others: the log of sign-ins, what was seen and taken out, alerts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from operator import attrgetter
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.accounts import selectors
from guiju.accounts.models import SignIn
from guiju.accounts.requests import KEPT
from guiju.organisations.permissions import allows
from guiju.organisations.selectors import disclosures
from guiju.organisations.services.disclosures import settle_alert as settle_alert_service
from guiju.organisations.signin import MemberRequest, member_required
from guiju.organisations.tables import TABLES, Column, Sheet, Table, sheet_of
from guiju.web.answers import tell
from guiju.web.paging import page_of


@member_required
@require_GET
def disclosure_list(request: MemberRequest) -> HttpResponse:
    """明文与导出: who saw and took what, and the alerts about it."""
    member = request.member
    page = page_of(request, disclosures.disclosures_for(member))
    context = {
        "page": page,
        "lines": [(one, disclosures.words_of_disclosure(one)) for one in page.object_list],
        "alerts": disclosures.open_alerts_for(member),
        "may_settle": allows(member, "disclosure.settle", on=member.entity_id),
    }
    return render(request, "accounts/disclosure_list.html", context)


@member_required
@require_POST
def settle_alert(request: MemberRequest, alert_id: UUID) -> HttpResponse:
    def settle() -> str:
        settle_alert_service(
            alert_id=alert_id, finding=request.POST.get("finding", ""), actor=request.member, at=timezone.now()
        )
        return "已处置"

    tell(request, settle)
    return redirect("disclosure_list")


@member_required
@require_GET
def request_log(request: MemberRequest) -> HttpResponse:
    """访问日志"""
    asked = request.GET
    try:
        day = date.fromisoformat(asked.get("day", ""))
    except ValueError:
        day = timezone.localdate()
    wanted = selectors.RequestFilter(day, asked.get("username", ""), asked.get("path", ""), asked.get("refused") == "1")
    context = {
        "lines": selectors.requests_for(request.member, wanted),
        "wanted": wanted,
        "most": selectors.MOST_REQUESTS,
        "kept_days": KEPT.days,
    }
    return render(request, "accounts/request_log.html", context)


@member_required
@require_GET
def sign_in_log(request: MemberRequest) -> HttpResponse:
    """登录记录"""
    search, outcome = request.GET.get("search", ""), request.GET.get("outcome", "")
    page = page_of(request, selectors.sign_ins_for(request.member, search=search, outcome=outcome))
    context = {
        "page": page,
        "lines": [(one, selectors.browser_of(one.agent)) for one in page.object_list],
        "search": search,
        "outcome": outcome,
        "outcomes": SignIn.Outcome.choices,
    }
    return render(request, "accounts/sign_in_log.html", context)


_DISCLOSURES = (
    Column("时间", attrgetter("at"), 18),
    Column("谁", lambda one: one.member.user.name, 12),
    Column("公司", lambda one: one.entity.name, 30),
    Column("方式", lambda one: one.get_sort_display(), 12),
    Column("内容", disclosures.words_of_disclosure, 50),
    Column("理由", attrgetter("reason"), 50),
)


@contextmanager
def _disclosures(request: MemberRequest, purpose: str) -> Iterator[Sheet]:
    rows = disclosures.disclosures_for(request.member)
    yield sheet_of(_DISCLOSURES, rows.iterator(), count=rows.count())


TABLES["disclosures"] = Table("明文与导出", "disclosure_list", "disclosure.read", _disclosures)
