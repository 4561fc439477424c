"""The group as a tree (组织架构图): companies below companies, departments within, their heads and people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from django.db.models import Count

from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Department, Entity, EntityPath, Member
from guiju.organisations.selectors.companies import companies_for

MOST_COMPANIES = 200
"""As many as a page, or a sheet of paper, can show; those below are led to."""


@dataclass
class DepartmentNode:
    """A department; `people` work in it itself, not in those below."""

    department: Department
    people: int
    below: list[DepartmentNode] = field(default_factory=list)


@dataclass
class CompanyNode:
    """A company; `people` are all of it, `more` companies below it aren't shown here."""

    company: Entity
    people: int
    departments: list[DepartmentNode] = field(default_factory=list)
    below: list[CompanyNode] = field(default_factory=list)
    more: int = 0


@dataclass(frozen=True)
class Chart:
    """The tree from its top company; `above` leads a step up where that may be seen."""

    top: CompanyNode
    above: Entity | None
    shown: int
    total: int


def chart_for(member: Member, top_id: UUID | None = None) -> Chart:
    """The tree below a company that a member may read, or below the highest one they may; four queries."""
    require_scope()
    seen = companies_for(member).order_by()
    highest = EntityPath.objects.filter(descendant_id=top_id or member.entity_id, ancestor__in=seen).order_by("-depth")
    top = top_id or highest.values_list("ancestor_id", flat=True).first()
    paths = list(
        EntityPath.objects.filter(ancestor_id=top, descendant__in=seen)
        .select_related("descendant")
        .order_by("depth", "descendant__unified_code")[: MOST_COMPANIES + 1]
    )
    if not paths:
        raise Missing("company_missing", "没有这家公司，或您的角色看不到它")
    companies = [path.descendant for path in paths[:MOST_COMPANIES]]
    people = _people_of(companies)
    departments = _departments_of(companies, people)
    nodes = {one.pk: CompanyNode(one, people[one.pk, None], departments.get(one.pk, [])) for one in companies}
    for one in companies[1:]:
        if one.parent_id in nodes:
            nodes[one.parent_id].below.append(nodes[one.pk])
    total = len(paths)
    if total > MOST_COMPANIES:
        total = EntityPath.objects.filter(ancestor_id=top, descendant__in=seen).count()
        for parent in seen.filter(parent__in=nodes).exclude(pk__in=nodes).values_list("parent_id", flat=True):
            nodes[parent].more += 1
    above = seen.filter(pk=companies[0].parent_id).first() if companies[0].parent_id else None
    return Chart(nodes[companies[0].pk], above, len(companies), total)


def _people_of(companies: list[Entity]) -> Counter[tuple[UUID, UUID | None]]:
    """How many work in each company (None) and in each of its departments."""
    counted: Counter[tuple[UUID, UUID | None]] = Counter()
    places = Member.objects.filter(entity__in=companies, left_at=None).order_by().values("entity_id", "department_id")
    for place in places.annotate(people=Count("pk")):
        counted[place["entity_id"], None] += place["people"]
        if place["department_id"] is not None:
            counted[place["entity_id"], place["department_id"]] += place["people"]
    return counted


def _departments_of(
    companies: list[Entity], people: Counter[tuple[UUID, UUID | None]]
) -> dict[UUID, list[DepartmentNode]]:
    found = Department.objects.filter(entity__in=companies, closed_at=None).select_related("head__user")
    nodes = {one.pk: DepartmentNode(one, people[one.entity_id, one.pk]) for one in found.order_by("name", "pk")}
    tops: dict[UUID, list[DepartmentNode]] = {}
    for node in nodes.values():
        above = nodes.get(node.department.parent_id) if node.department.parent_id else None
        (above.below if above else tops.setdefault(node.department.entity_id, [])).append(node)
    return tops
