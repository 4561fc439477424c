"""Who else has a case open, asked for by its pages again and again while they are open."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.complaints.selectors.cases import reading_complaints
from guiju.complaints.selectors.meanwhile import others_at, since_version, version_of_case
from guiju.complaints.services.presence import note_presence
from guiju.complaints.views.steps import whole_number
from guiju.organisations.signin import MemberRequest, member_required

_LONGEST_SECONDS = 2 * 3600
"""A page that was left open doesn't keep its member signed in for ever."""

_STOP = 286
"""The answer after which htmx asks no more."""


@member_required
@require_POST
def complaint_presence(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """正在查看"""
    now = timezone.now()
    opened = whole_number(request.POST.get("opened", ""))
    with reading_complaints(request.member, at=now, on=timezone.localdate()) as reading:
        case = reading.case(complaint_id)
        if opened is None or now.timestamp() - opened > _LONGEST_SECONDS:
            return HttpResponse(status=_STOP)
        note_presence(case=case, actor=request.member, at=now)
        seen = whole_number(request.POST.get("seen", ""))
        is_newer = seen is not None and version_of_case(case) != seen
        context = {
            "others": others_at(case, request.member, at=now),
            "news": since_version(case, seen) if is_newer and seen is not None else "",
        }
        return render(request, "complaints/presence.html", context)
