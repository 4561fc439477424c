"""Pages of departments."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from guiju.kernel.errors import GuijuError
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.people import DepartmentForm
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.permissions import require
from guiju.organisations.selectors import company_for
from guiju.organisations.selectors.departments import department_for
from guiju.organisations.services import departments as services
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.forms import FormPage


def _form(request: MemberRequest, company: Entity, department: Department | None = None) -> DepartmentForm:
    """The form with the departments and people of one company to choose from."""
    inside = Department.objects.filter(entity_id=company.pk, closed_at=None).order_by("name")
    people = Member.objects.filter(entity_id=company.pk, left_at=None).select_related("user").order_by("user__name")
    initial = {}
    if department is not None:
        inside = inside.exclude(pk=department.pk)
        initial = {"name": department.name, "parent": department.parent_id, "head": department.head_id}
    return DepartmentForm(request.POST or None, departments=inside, people=people, initial=initial)


def _page(company: Entity, heading: str, submit: str) -> FormPage:
    return FormPage(heading, submit, reverse("company_detail", args=[company.pk]), company.name)


@member_required
def found_department(request: MemberRequest, company_id: UUID) -> HttpResponse:
    company = company_for(request.member, company_id)
    require(request.member, "company.change", on=company.pk)
    form = _form(request, company)
    if request.method == "POST" and form.is_valid():
        try:
            services.found_department(company=company, details=form.details, actor=request.member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: f"已设立“{form.details.name}”")
            return redirect("company_detail", company.pk)
    return _page(company, "设立部门", "设立").answer(request, form)


@member_required
def change_department(request: MemberRequest, department_id: UUID) -> HttpResponse:
    department = department_for(request.member, department_id)
    company = department.entity
    require(request.member, "company.change", on=company.pk)
    form = _form(request, company, department)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_department(
                department_id=department.pk, details=form.details, actor=request.member, at=timezone.now()
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            tell(request, lambda: "已修改")
            return redirect("company_detail", company.pk)
    return _page(company, f"修改“{department.name}”", "保存").answer(request, form)


@member_required
@require_POST
def close_department(request: MemberRequest, department_id: UUID) -> HttpResponse:
    company = department_for(request.member, department_id).entity

    def close() -> str:
        closed = services.close_department(department_id=department_id, actor=request.member, at=timezone.now())
        return f"已撤销“{closed.name}”"

    tell(request, close)
    return redirect("company_detail", company.pk)
