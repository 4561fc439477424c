"""The page of backups: how they stand, drills, restorations. It shows; what changes them is done on the server."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from guiju.database.scope import scope_with
from guiju.organisations.permissions import root_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.safekeeping import selectors


@member_required
@require_GET
def backup_overview(request: MemberRequest) -> HttpResponse:
    """备份"""
    found = selectors.backup_overview_for(request.member, at=timezone.now())
    context = {
        "found": found,
        "restorations": [(one, selectors.replayed_in_words(one)) for one in found.restorations],
    }
    with scope_with(root_of(request.member.entity_id)):
        return render(request, "safekeeping/backup_overview.html", context)


@member_required
@require_GET
def drill_detail(request: MemberRequest, drill_id: UUID) -> HttpResponse:
    """恢复演练: what one drill compared and found."""
    found = selectors.drill_for(request.member, drill_id)
    with scope_with(root_of(request.member.entity_id)):
        return render(request, "safekeeping/drill_detail.html", {"drill": found})
