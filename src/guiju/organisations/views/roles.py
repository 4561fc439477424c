"""Pages of roles: the matrix, one role, what changed, who may see what."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET, require_POST

from guiju.kernel.errors import GuijuError, Refused
from guiju.organisations.exports import matrix_answer, matrix_workbook
from guiju.organisations.forms import show_problems
from guiju.organisations.forms.roles import RoleForm
from guiju.organisations.permissions import allows, require, root_of
from guiju.organisations.registry import RESOURCES
from guiju.organisations.selectors import roles as selectors
from guiju.organisations.selectors.people import holders_of
from guiju.organisations.services import roles as services
from guiju.organisations.signin import MemberRequest, member_required
from guiju.web.answers import tell
from guiju.web.tables import xlsx_response

ROLES_ACROSS = 12
"""How many roles stand beside each other on one page of the matrix."""


def _day(request: HttpRequest, name: str) -> date | None:
    """A day out of the address; raises `Refused` for one that is none."""
    text = request.GET.get(name, "")
    if not text:
        return None
    try:
        day = parse_date(text)
    except ValueError:
        day = None
    if day is None or not date(2000, 1, 1) <= day <= date(2100, 1, 1):
        raise Refused("day_shape", f"“{text[:20]}”不是日期，请写成 2026-01-31", field=name)
    return day


@member_required
@require_GET
def role_list(request: MemberRequest) -> HttpResponse:
    """The permission matrix (权限分级表), rights down and roles across, now or on a day."""
    member, search, day = request.member, request.GET.get("search", ""), _day(request, "day")
    columns = [
        column
        for column in selectors.matrix_for(member, at=day)
        if all(word in column.name or word in column.note for word in search.split())
    ]
    page = Paginator(columns, ROLES_ACROSS).get_page(request.GET.get("page"))
    rights = selectors.all_rights(page.object_list)
    groups = [
        (
            RESOURCES[code].label if code in RESOURCES else "不再使用",
            selectors.purposes_of(f"{code}.{next(iter(RESOURCES[code].actions))}") if code in RESOURCES else "",
            [
                (selectors.words_of(right), [column.cell(right) for column in page.object_list])
                for right in rights
                if right.split(".")[0] == code
            ],
        )
        for code in dict.fromkeys(right.split(".")[0] for right in rights)
    ]
    context = {
        "page": page,
        "groups": groups,
        "search": search,
        "day": day,
        "may_change": allows(member, "role.change", on=root_of(member.entity_id)),
        "tab": "roles",
    }
    return render(request, "organisations/role_list.html", context)


@member_required
@require_GET
def export_matrix(request: MemberRequest, form: str) -> HttpResponse:
    """The whole matrix as a workbook or as JSON."""
    day = _day(request, "day")
    columns = selectors.matrix_for(request.member, at=day)
    shown = day or timezone.localdate()
    if form == "json":
        return JsonResponse(matrix_answer(columns, day=shown), json_dumps_params={"ensure_ascii": False})
    return xlsx_response(f"权限分级表-{shown:%Y%m%d}.xlsx", matrix_workbook(columns, day=shown))


@member_required
@require_GET
def compare_roles(request: MemberRequest) -> HttpResponse:
    """What changed in the matrix between two days."""
    start, end = _day(request, "since"), _day(request, "until")
    changes = None
    if start is not None:
        old = selectors.matrix_for(request.member, at=start)
        changes = selectors.compared(old, selectors.matrix_for(request.member, at=end))
    else:
        require(request.member, "role.read", on=root_of(request.member.entity_id))
    context = {"since": start, "until": end, "changes": changes, "tab": "roles"}
    return render(request, "organisations/compare_roles.html", context)


@member_required
@require_GET
def role_detail(request: MemberRequest, code: str) -> HttpResponse:
    member = request.member
    role = selectors.role_for(member, code)
    column = selectors.column_of(role)
    context: dict[str, Any] = {
        "role": role,
        "rights": [(selectors.words_of(right), column.cell(right)) for right in column.rights],
        "fields": [
            (selectors.field_label(field), selectors.treatment_label(word)) for field, word in role.treatments.items()
        ],
        "holders": holders_of(member, role),
        "history": selectors.role_history(member, role),
        "may_change": allows(member, "role.change", on=root_of(member.entity_id)),
        "tab": "roles",
    }
    return render(request, "organisations/role_detail.html", context)


@member_required
def create_role(request: MemberRequest) -> HttpResponse:
    member = request.member
    require(member, "role.change", on=root_of(member.entity_id))
    like = request.GET.get("like", "")
    form = RoleForm(request.POST or None, role=selectors.role_for(member, like) if like else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.create_role(details=form.details, actor=member, at=timezone.now())
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, f"已设立“{made.name}”")
            return redirect("role_detail", made.code)
    context = {"form": form, "heading": "设立角色", "tab": "roles"}
    return render(request, "organisations/role_form.html", context, status=422 if form.errors else 200)


@member_required
def change_role(request: MemberRequest, code: str) -> HttpResponse:
    member = request.member
    require(member, "role.change", on=root_of(member.entity_id))
    role = selectors.role_for(member, code)
    form = RoleForm(
        request.POST or None, role=role, is_change=True, initial={"seen": selectors.version_of_role(member, role)}
    )
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            services.change_role(
                code=code,
                details=form.details,
                reason=values["reason"],
                actor=member,
                at=timezone.now(),
                seen=values["seen"],
            )
        except GuijuError as error:
            show_problems(form, error)
        else:
            messages.success(request, "已修改")
            return redirect("role_detail", code)
    context = {"form": form, "heading": f"修改“{role.name}”", "role": role, "tab": "roles"}
    return render(request, "organisations/role_form.html", context, status=422 if form.errors else 200)


@member_required
@require_POST
def retire_role(request: MemberRequest, code: str) -> HttpResponse:
    def retire() -> str:
        role = services.retire_role(code=code, actor=request.member, at=timezone.now())
        return f"已停用“{role.name}”"

    return redirect("role_list") if tell(request, retire) else redirect("role_detail", code)
