"""The page of the report on necessity (合规 → 必要性)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.kernel import small_counts
from guiju.organisations.permissions import allows
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.selectors import necessity


@member_required
@require_GET
def necessity_report(request: MemberRequest) -> HttpResponse:
    """必要性"""
    member = request.member
    context = {
        "report": necessity.necessity_of(member, member.entity_id, at=timezone.now()),
        "not_measured": necessity.NOT_MEASURED,
        "seldom": necessity.SELDOM,
        "few": necessity.FEW,
        "few_people": small_counts.FEW,
        "may_run": allows(member, "cleanup.run", on=member.entity_id),
        "may_change": allows(member, "catalogue.change", on=member.entity_id),
        "tab": "necessity",
    }
    return render(request, "privacy/necessity.html", context)
