"""The page of what other companies of the group saw (合规 → 提供记录)."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.selectors.provisions import lines_of_provisions, provisions_for
from guiju.web.paging import latest_of


@member_required
@require_GET
def provision_list(request: MemberRequest) -> HttpResponse:
    """提供记录"""
    page = latest_of(request, provisions_for(request.member))
    context = {"page": page, "lines": lines_of_provisions(request.member, page.object_list), "tab": "provisions"}
    return render(request, "privacy/provision_list.html", context)
