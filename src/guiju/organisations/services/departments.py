"""Departments of a company are founded, changed and closed (部门)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.permissions import require

LONGEST_NAME = 100
DEEPEST = 10


@dataclass(frozen=True)
class DepartmentDetails:
    """Name, the department above (None: directly below the company), the head (None: nobody yet)."""

    name: str
    parent_id: UUID | None = None
    head_id: UUID | None = None


@transaction.atomic
def found_department(*, company: Entity, details: DepartmentDetails, actor: Member, at: datetime) -> Department:
    """Add a department (设立部门); raises `Refused` with every problem at once."""
    require(actor, "company.change", on=company.pk)
    department = Department(id=new_id(), entity_id=company.pk)
    _fill(department, details)
    department.save(force_insert=True)
    return _recorded(department, Act("organisations.found_department", actor, at))


@transaction.atomic
def change_department(*, department_id: UUID, details: DepartmentDetails, actor: Member, at: datetime) -> Department:
    """Rename a department, move it below another, name its head (修改部门)."""
    department = _locked(department_id)
    require(actor, "company.change", on=department.entity_id)
    _fill(department, details)
    department.save(update_fields=["name", "parent", "head"])
    return _recorded(department, Act("organisations.change_department", actor, at))


@transaction.atomic
def close_department(*, department_id: UUID, actor: Member, at: datetime) -> Department:
    """Close a department that nobody works in and that has none below it (撤销部门)."""
    department = _locked(department_id)
    require(actor, "company.change", on=department.entity_id)
    people = Member.objects.filter(department=department, left_at=None).count()
    below = Department.objects.filter(parent=department, closed_at=None).count()
    if people or below:
        still = "、".join(filter(None, (f"{people}人" if people else "", f"{below}个下级部门" if below else "")))
        raise Refused("department_used", f"“{department.name}”还有{still}：请先调走")
    department.closed_at = at
    department.save(update_fields=["closed_at"])
    return _recorded(department, Act("organisations.close_department", actor, at))


def _fill(department: Department, details: DepartmentDetails) -> None:
    """Put the details in after checking them; one department after the other, so that two moves make no ring."""
    inside = {
        one.pk: one
        for one in Department.objects.select_for_update().filter(entity_id=department.entity_id, closed_at=None)
    }
    name = " ".join(details.name.split())
    problems = []
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        problems.append(Problem("department_name", f"部门名称要填写，最多{LONGEST_NAME}个字", "name"))
    parent = inside.get(details.parent_id) if details.parent_id else None
    if details.parent_id and parent is None:
        problems.append(Problem("department_parent", "上级部门要是同一家公司的部门", "parent"))
    above, now = 0, parent
    while now is not None and above <= DEEPEST:
        if now.pk == department.pk:
            problems.append(Problem("department_ring", "部门不能放到自己或自己的下级部门里", "parent"))
            break
        above, now = above + 1, inside.get(now.parent_id) if now.parent_id else None
    if above > DEEPEST:
        problems.append(Problem("department_deep", f"部门最多{DEEPEST}层", "parent"))
    if any(
        one.name == name and one.parent_id == details.parent_id for pk, one in inside.items() if pk != department.pk
    ):
        problems.append(Problem("department_twice", f"那里已经有叫“{name}”的部门", "name"))
    head = None
    if details.head_id:
        head = Member.objects.filter(pk=details.head_id, entity_id=department.entity_id, left_at=None).first()
        if head is None:
            problems.append(Problem("department_head", "负责人要是同一家公司的在职成员", "head"))
    if problems:
        raise Refused.because(problems)
    department.name, department.parent, department.head = name, parent, head


def _locked(department_id: UUID) -> Department:
    found = Department.objects.select_for_update(of=("self",)).filter(pk=department_id, closed_at=None).first()
    if found is None:
        raise Missing("department_missing", "没有这个部门，或您的角色看不到它")
    return found


def _recorded(department: Department, act: Act) -> Department:
    with scope_with(department.entity_id):
        record(act, entity_id=department.entity_id, subject=department)
    return department
