"""Reads of departments: the tree of one company, flat and in order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, Q

from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.selectors.companies import company_for


@dataclass(frozen=True)
class DepartmentLine:
    """One department, how deep it lies (0: directly below the company), and how many work there."""

    department: Department
    depth: int
    people: int


def departments_of(company: Entity) -> list[DepartmentLine]:
    """The open departments of a company, each below the one above it, by name; the company is in sight already."""
    require_scope()
    found = (
        Department.objects.filter(entity_id=company.pk, closed_at=None)
        .select_related("head__user")
        .annotate(people=Count("member", filter=Q(member__left_at=None)))
        .order_by("name", "pk")
    )
    below: dict[UUID | None, list[Department]] = {}
    for one in found:
        below.setdefault(one.parent_id, []).append(one)

    def lines(parent: UUID | None, depth: int) -> Iterator[DepartmentLine]:
        for one in below.get(parent, ()):
            yield DepartmentLine(one, depth, one.people)  # type: ignore[attr-defined]
            yield from lines(one.pk, depth + 1)

    return list(lines(None, 0))


def department_for(member: Member, department_id: UUID) -> Department:
    """One open department of a company that a member may read."""
    require_scope()
    found = Department.objects.filter(pk=department_id, closed_at=None).select_related("head").first()
    if found is None:
        raise Missing("department_missing", "没有这个部门，或您的角色看不到它")
    found.entity = company_for(member, found.entity_id)
    return found
