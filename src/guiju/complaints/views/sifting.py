"""The page where people look through what is doubted."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.complaints.selectors.cases import CaseFilter, reading_complaints
from guiju.complaints.services import sifting
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.paging import latest_of


@member_required
def sift_complaints(request: MemberRequest) -> HttpResponse:
    """筛选投诉"""
    member, now = request.member, timezone.now()
    is_refused = request.method == "POST" and not _sift(request)
    if request.method == "POST" and not is_refused:
        return redirect("sift_complaints")
    with reading_complaints(member, at=now, on=timezone.localdate(), right="complaint.handle") as seen:
        page = latest_of(request, CaseFilter(state="doubtful").of(seen.rows().filter(state="received"), seen))
        context = {
            "page": page,
            "lines": seen.lines(list(page.object_list)),
            "reason": request.POST.get("reason", ""),
            "chosen": request.POST.getlist("case"),
        }
        return render(request, "complaints/sift.html", context, status=422 if is_refused else 200)


def _sift(request: MemberRequest) -> bool:
    is_complaint = request.POST.get("do") == "keep"

    def act() -> str:
        count = sifting.sift_complaints(
            complaint_ids=_chosen(request),
            is_complaint=is_complaint,
            reason=request.POST.get("reason", ""),
            actor=request.member,
            at=timezone.now(),
        )
        return f"{count}件{'是投诉，照常办理' if is_complaint else '不是投诉，已筛掉；在投诉列表选“筛掉的”可以撤销'}"

    return tell(request, act)


def _chosen(request: MemberRequest) -> set[UUID]:
    found = set()
    for one in request.POST.getlist("case"):
        try:
            found.add(UUID(one))
        except ValueError:
            continue
    return found


@member_required
@require_POST
def restore_discarded(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """撤销筛选"""

    def act() -> str:
        sifting.restore_discarded(complaint_id=complaint_id, actor=request.member, at=timezone.now())
        return "已撤销，照常办理"

    tell(request, act)
    return redirect("complaint_detail", complaint_id)
