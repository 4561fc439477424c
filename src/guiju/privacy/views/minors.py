"""Pages of who may see minors in the clear (合规 → 未成年人)."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.permissions import allows, require
from guiju.organisations.registry import PURPOSES
from guiju.organisations.signin import MemberRequest, member_required
from guiju.privacy.forms import MinorAccessForm
from guiju.privacy.selectors.minors import access_lines, looks_at_minor, minor_accesses_for, waiting_accesses_for
from guiju.privacy.services import minors as services
from guiju.web.answers import tell
from guiju.web.forms import FormPage
from guiju.web.paging import page_of


@member_required
@require_GET
def minor_access_list(request: MemberRequest) -> HttpResponse:
    """未成年人"""
    member, is_narrowed = request.member, request.GET.get("state") == "waiting"
    rows = waiting_accesses_for(member, on=timezone.localdate()) if is_narrowed else minor_accesses_for(member)
    page = page_of(request, rows)
    context = {
        "page": page,
        "is_narrowed": is_narrowed,
        "lines": access_lines(list(page.object_list), on=timezone.localdate()),
        "may_ask": allows(member, "minor.ask", on=member.entity_id),
        "may_decide": allows(member, "minor.decide", on=member.entity_id),
        "tab": "minors",
    }
    return render(request, "privacy/minor_access_list.html", context)


@member_required
@require_GET
def minor_looks(request: MemberRequest, record_id: UUID) -> HttpResponse:
    """谁看过这位未成年人"""
    with looks_at_minor(request.member, record_id) as found:
        page = page_of(request, found.rows)
        lines = [(one, PURPOSES.get(one.purpose, one.purpose)) for one in page.object_list]
        context = {"found": found, "page": page, "lines": lines, "record_id": record_id, "tab": "minors"}
        return render(request, "privacy/minor_looks.html", context)


@member_required
def ask_minor_access(request: MemberRequest) -> HttpResponse:
    """申请查看全部未成年人"""
    return asked(request, None, reverse("minor_access_list"), "未成年人")


def asked(request: MemberRequest, subject_id: UUID | None, back: str, back_label: str) -> HttpResponse:
    """The form, and what came of it; of one person, or of all whom the member sees."""
    member = request.member
    require(member, "minor.ask", on=member.entity_id)
    form = MinorAccessForm(request.POST or None, initial={"purpose": request.GET.get("purpose", "")})
    if request.method == "POST" and form.is_valid():
        try:
            services.ask_minor_access(subject_id=subject_id, **form.cleaned_data, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已申请：负责人（合规专员或数据专员）在“待办”里批准后就可以看，每次查看都会记录")
            return redirect(back)
    longest = services.LONGEST_FOR_ALL if subject_id is None else services.LONGEST
    whom = "您看得到的本公司全部未成年客户" if subject_id is None else back_label
    intro = (
        f"访问未成年人个人信息须经审批并记录（未成年人网络保护条例第三十六条）。这里申请的是{whom}，"
        f"最多{longest.days}天（内部规则，非法定）；批准以前显示的是脱敏的。"
    )
    return FormPage("申请查看未成年人信息", "申请", back, back_label, intro).answer(request, form)


@member_required
@require_POST
def end_minor_access(request: MemberRequest, minor_access_id: UUID) -> HttpResponse:
    def end() -> str:
        services.end_minor_access(access_id=minor_access_id, actor=request.member, at=timezone.now())
        return "已收回，立即生效"

    tell(request, end)
    return redirect("minor_access_list")
