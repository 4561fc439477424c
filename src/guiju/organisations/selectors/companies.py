"""Reads of companies: names, structure, history, files on their way in."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Count, F, Func, Q, QuerySet
from django.db.models.functions import Left, Upper

from guiju.database.scope import require_scope, scope_with
from guiju.evidence.selectors import Change, Version, history_of, version_of
from guiju.kernel.errors import Missing
from guiju.kernel.identifiers import regions
from guiju.kernel.sectors import Sector
from guiju.organisations.models import CompanyImport, Entity, Member, Reach
from guiju.organisations.permissions import allows, reach_of, require
from guiju.organisations.selectors.people import names_of


def companies_for(member: Member, *, search: str = "", sector: str = "", province: str = "") -> QuerySet[Entity]:
    """The companies a member may read, by code.

    Each word of `search` is a part of the name or of the code, in full or half width.
    """
    require_scope()
    reach = reach_of(member, "company.read")
    if reach is None:
        return Entity.objects.none()
    companies = Entity.objects.all()
    if reach not in (Reach.SUBTREE, Reach.GROUP):
        companies = companies.filter(pk=member.entity_id)
    words = unicodedata.normalize("NFKC", search.replace("\x00", "")).upper().split()
    if words:
        companies = companies.alias(plain_name=Upper(Func(F("name"), function="normalize", template=_HALF_WIDTH)))
    for word in words:
        companies = companies.filter(Q(plain_name__contains=word) | Q(unified_code__contains=word))
    if sector:
        companies = companies.filter(sector=sector.replace("\x00", ""))
    if province:
        companies = companies.filter(region__startswith=province[:2].replace("\x00", ""))
    return companies.order_by("unified_code")


_HALF_WIDTH = "%(function)s(%(expressions)s, NFKC)"
"""PostgreSQL's name for the same normal form as in Python."""


def company_for(member: Member, company_id: UUID) -> Entity:
    """One company; `Missing` when it doesn't exist or may not be read."""
    company = companies_for(member).filter(pk=company_id).select_related("parent").first()
    if company is None:
        raise Missing("company_missing", "没有这家公司，或您的角色看不到它")
    return company


@dataclass(frozen=True)
class Sights:
    """How many companies there are in each sector and province, for the dashboard."""

    total: int
    by_sector: Mapping[str, int]
    by_province: Mapping[str, int]


def overview_for(member: Member) -> Sights:
    sectors, provinces = Counter[str](), Counter[str]()
    rows = companies_for(member).order_by().values_list("sector", Left("region", 2)).annotate(count=Count("pk"))
    for sector, province, count in rows:
        sectors[sector] += count
        provinces[province] += count
    return Sights(sectors.total(), dict(sectors.most_common()), dict(provinces.most_common()))


@dataclass(frozen=True)
class HistoryLine:
    """A version of a company with the names of what was done and by whom, values in words."""

    version: Version
    action: str
    who: str
    changes: tuple[Change, ...]


def company_history(member: Member, company: Entity) -> list[HistoryLine]:
    """Old and new values of a company, who, when, why (修改历史)."""
    require(member, "company.history", on=company.pk)
    with scope_with(company.pk):
        versions = history_of(company)
    names = names_of({version.actor_id for version in versions if version.actor_id})
    parents = {str(pk): name for pk, name in Entity.objects.values_list("pk", "name").filter(children=company)}
    return [
        HistoryLine(
            version,
            ACTS.get(version.action, version.action),
            names.get(version.actor_id, "本单位以外的成员") if version.actor_id else "系统设置",
            tuple(_in_words(change, parents) for change in version.changes if _is_told(change)),
        )
        for version in versions
    ]


ACTS = {
    "organisations.register_company": "登记公司",
    "organisations.change_company": "修改登记信息",
    "organisations.set_up": "初始设置",
}
_HIDDEN = frozenset({"id", "registered_at"})


def _is_told(change: Change) -> bool:
    """Ids say nothing to people, and what was empty and stays so is no change."""
    return change.field not in _HIDDEN and bool(change.old or change.new)


def _in_words(change: Change, parents: Mapping[str, str]) -> Change:
    """The same change as people say it: names instead of codes and ids."""

    def words(value: Any) -> Any:
        if value is None:
            return None
        match change.field:
            case "sector":
                return Sector(value).label
            case "region":
                return f"{regions.full_name(value)}（{value}）"
            case "parent_id":
                return parents.get(str(value), "（您的角色看不到）")
            case _:
                return value

    return replace(change, old=words(change.old), new=words(change.new))


def company_by_code(member: Member, code: str) -> Entity:
    """One company by its unified code; `Missing` when it doesn't exist or may not be read."""
    found = companies_for(member).filter(unified_code=code.strip().upper()).select_related("parent").first()
    if found is None:
        raise Missing("company_missing", f"没有代码为 {code} 的公司，或您的角色看不到它")
    return found


def version_for(member: Member, company: Entity) -> int:
    """Which version of a company the member has before them."""
    require(member, "company.change", on=company.pk)
    with scope_with(company.pk):
        return version_of(company)


def last_change_of(member: Member, company: Entity) -> str:
    """The newest version in one line, as far as the member may read histories."""
    if not allows(member, "company.history", on=company.pk):
        return "您的角色看不到改了什么"
    newest = company_history(member, company)[0]
    changes = "，".join(f"{change.label}：{change.old or '—'} → {change.new or '—'}" for change in newest.changes)
    return f"{newest.who}，{changes}"


def recent_imports(member: Member) -> QuerySet[CompanyImport]:
    """The last files that came into the member's company, without their contents."""
    require(member, "company.import", on=member.entity_id)
    require_scope()
    return CompanyImport.objects.defer("content", "problems").order_by("-made_at")[:10]


def import_for(member: Member, import_id: UUID, *, with_content: bool = False) -> CompanyImport:
    """One file on its way in; the file itself is read only when it is asked for."""
    require(member, "company.import", on=member.entity_id)
    require_scope()
    imports = CompanyImport.objects.all() if with_content else CompanyImport.objects.defer("content")
    found = imports.filter(pk=import_id).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或它不属于您的公司")
    return found


def provinces_in_use(member: Member) -> list[tuple[str, str]]:
    """Two-digit code and name of each province where the member sees a company."""
    codes = sorted({region[:2] for region in companies_for(member).values_list("region", flat=True).distinct()})
    return [(code, regions.province_of(code + "0000")) for code in codes]
