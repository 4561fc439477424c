"""Pages of emergency access and of the review of rights."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.access import selectors
from guiju.access.forms import EmergencyForm, SuccessionForm
from guiju.access.models import RightsReview
from guiju.access.services import emergency, reviews, succession
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.selectors.people import colleagues_of
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of


@member_required
@require_GET
def emergency_list(request: MemberRequest) -> HttpResponse:
    """紧急授权"""
    member = request.member
    page = page_of(request, selectors.emergencies_for(member))
    context = {
        "page": page,
        "lines": selectors.lines_of_emergencies(page.object_list, member, at=timezone.now()),
        "may_ask": allows(member, "emergency.ask", on=member.entity_id),
        "may_review": reach_of(member, "emergency.review") is not None,
        "may_replace": allows(member, "administrator.replace", on=member.entity_id),
        "successions": selectors.recent_successions(member),
        "tab": "emergency",
    }
    return render(request, "access/emergency_list.html", context)


@member_required
def ask_emergency_access(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "emergency.ask", on=member.entity_id)
    form = EmergencyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            emergency.ask_emergency_access(
                code=values["role"], reason=values["reason"], actor=member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已申请：另一个人批准后一小时内有效，全程记录，事后复核")
            return redirect("emergency_list")
    intro = "只在来不及正常授权时用。要另一个人批准，一小时后自动失效；用了什么会记录，事后由第三个人复核。"
    return FormPage("申请紧急授权", "申请", reverse("emergency_list"), "紧急授权", intro).answer(request, form)


@member_required
@require_POST
def review_emergency_access(request: MemberRequest, access_id: UUID) -> HttpResponse:
    finding = request.POST.get("finding", "")

    def review() -> str:
        emergency.review_emergency_access(access_id=access_id, finding=finding, actor=request.member, at=timezone.now())
        return "已复核"

    tell(request, review)
    return redirect("emergency_list")


@member_required
@require_GET
def rights_review_list(request: MemberRequest) -> HttpResponse:
    """权限复核"""
    page = page_of(request, selectors.reviews_for(request.member))
    context = {
        "page": page,
        "now": timezone.now(),
        "tab": "reviews",
    }
    return render(request, "access/rights_review_list.html", context)


@member_required
@require_GET
def rights_review(request: MemberRequest, review_id: UUID) -> HttpResponse:
    review = selectors.review_for(request.member, review_id)
    return _review_page(request, review)


def _review_page(request: MemberRequest, review: RightsReview) -> HttpResponse:
    lines = selectors.lines_of_review(review, request.member)
    context = {"review": review, "lines": lines, "mine": sum(is_mine for _, is_mine in lines), "tab": "reviews"}
    return render(request, "access/rights_review.html", context)


@member_required
@require_POST
def decide_review_lines(request: MemberRequest, review_id: UUID) -> HttpResponse:
    review = selectors.review_for(request.member, review_id)
    mine = {str(line.pk): line for line, is_mine in selectors.lines_of_review(review, request.member) if is_mine}
    wanted = request.POST.getlist("line")

    def decide() -> str:
        keep = request.POST.get("decision") == "keep"
        done = reviews.decide_review_lines(
            line_ids=[mine[one].pk for one in wanted if one in mine],
            keep=keep,
            note=request.POST.get("note", ""),
            actor=request.member,
            at=timezone.now(),
        )
        return f"{'保留' if keep else '收回'}了{len(done)}项授权"

    if not wanted:
        tell(request, lambda: "没有选中任何授权")
    else:
        tell(request, decide)
    return redirect("rights_review", review.pk)


@member_required
def ask_succession(request: MemberRequest) -> HttpResponse:
    """接任管理员"""
    member = request.member
    require(member, "administrator.replace", on=member.entity_id)
    form = SuccessionForm(request.POST or None, people=colleagues_of(member))
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            succession.ask_succession(
                code=values["role"],
                successor=values["successor"],
                reason=values["reason"],
                actor=member,
                at=timezone.now(),
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已申请：另一种管理员在“待办”里同意后立即接任")
            return redirect("emergency_list")
    intro = "只在最后一个管理员离开、不能自己交接时用：由另外两种管理员的两个人办理，原来的人在岗可以拒绝。"
    return FormPage("接任管理员", "申请", reverse("emergency_list"), "紧急授权", intro).answer(request, form)
