"""Pages about why people complain: the causes of a company, and the one of a case."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from guiju.complaints.forms.causes import AddCauseForm, DepartmentForm
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import reading_complaints
from guiju.complaints.selectors.causes import departments_of_causes, proposals_for, tree_of
from guiju.complaints.services import causes as services
from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.models import Department
from guiju.organisations.permissions import allows, require
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage


def about_cause(case: Complaint, *, may_handle: bool) -> dict[str, Any]:
    """What the card of a case shows: its cause, and, to who decides it, what the text seems to say."""
    tree = tree_of(case.entity)
    asks = may_handle and not case.is_cause_confirmed
    return {
        "cause": tree.label(case.cause),
        "proposals": [(one, tree.label(one.cause.code)) for one in proposals_for(case, tree)] if asks else [],
        "branches": tree.branches if may_handle else [],
        "may_say_cause": may_handle,
    }


@member_required
@require_POST
def confirm_cause(request: MemberRequest, complaint_id: UUID) -> HttpResponse:
    """确定原因"""

    def act() -> str:
        services.confirm_cause(
            complaint_id=complaint_id, cause=request.POST.get("cause", ""), actor=request.member, at=timezone.now()
        )
        return "已确定原因"

    tell(request, act)
    return redirect("complaint_detail", complaint_id)


@member_required
@require_GET
def cause_list(request: MemberRequest) -> HttpResponse:
    """投诉的原因"""
    member, company = request.member, request.member.entity
    with reading_complaints(member, at=timezone.now(), on=timezone.localdate()):
        answering = departments_of_causes(company.pk)
        names = dict(Department.objects.filter(pk__in=answering.values()).values_list("pk", "name"))
        who = {code: names.get(pk, "") for code, pk in answering.items()}
        branches = [
            (branch, who.get(branch.code, ""), [(one, who.get(one.code, "")) for one in below])
            for branch, below in tree_of(company).branches
        ]
        may_set_up = allows(member, "complaint.set_up", on=company.pk)
        context = {"company": company, "branches": branches, "may_set_up": may_set_up, "tab": "causes"}
        return render(request, "complaints/cause_list.html", context)


@member_required
def add_cause(request: MemberRequest) -> HttpResponse:
    """新建投诉原因"""
    member = request.member
    require(member, "complaint.set_up", on=member.entity_id)
    form = AddCauseForm(request.POST or None, tree=tree_of(member.entity))
    if request.method == "POST" and form.is_valid():
        try:
            services.add_cause(wanted=form.wanted, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已添加“{form.cleaned_data['label']}”")
            return redirect("cause_list")
    page = FormPage("新建投诉原因", "添加", reverse("cause_list"), "投诉的原因", "提示的词用来从投诉的文字里建议原因。")
    return page.answer(request, form)


@member_required
@require_POST
def retire_cause(request: MemberRequest, cause_code: str) -> HttpResponse:
    """停用"""

    def act() -> str:
        row = services.retire_cause(code=cause_code, actor=request.member, at=timezone.now())
        return f"已停用“{row.label}”：以前选了它的投诉不变"

    tell(request, act)
    return redirect("cause_list")


@member_required
def set_department(request: MemberRequest, cause_code: str) -> HttpResponse:
    """负责的部门"""
    member = request.member
    require(member, "complaint.set_up", on=member.entity_id)
    answering = departments_of_causes(member.entity_id).get(cause_code)
    form = DepartmentForm(request.POST or None, company=member.entity, initial={"department": answering})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["department"]
        try:
            services.set_department(
                code=cause_code, department_id=chosen.pk if chosen else None, actor=member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已设定负责的部门")
            return redirect("cause_list")
    label = tree_of(member.entity).label(cause_code)
    page = FormPage(f"负责的部门：{label}", "设定", reverse("cause_list"), "投诉的原因", "超过门槛时，整改任务交给它。")
    return page.answer(request, form)
