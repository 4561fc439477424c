"""Companies come into the group (公司登记): the write that all others imitate."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.selectors import version_of
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.kernel.identifiers import Invalid, regions, unified_code
from guiju.kernel.rules.facts import gate
from guiju.kernel.sectors import LABELS, sector_of
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import require
from guiju.rulebook import rules_at

EARLIEST = date(1990, 1, 1)
LATEST = date(2100, 1, 1)
LONGEST_REASON = 200
WAIT_SECONDS = 5
CHANGEABLE = ("name", "region", "sector", "authority", "went_live_on")
LONGEST_AUTHORITY = 60


@dataclass(frozen=True)
class CompanyDetails:
    """What is written on the licence, and since when the company works in the system.

    `parent_id` is the company above it; None only for the group company itself. `authority` is the
    market authority in charge (登记机关, 市场主体登记管理条例 第五条), empty where it isn't known yet.
    """

    name: str
    unified_code: str
    region: str
    sector: str
    went_live_on: date
    parent_id: UUID | None
    authority: str = ""


def checked(details: CompanyDetails) -> tuple[CompanyDetails, list[Problem]]:
    """The details in standard spelling, and everything that is wrong with their shape."""
    problems: list[Problem] = []
    name = " ".join(details.name.split())
    if not name:
        problems.append(Problem("name_empty", "公司名称没有填写", "name"))
    elif len(name) > 200:
        problems.append(Problem("name_long", f"公司名称有{len(name)}个字，最多200个", "name"))
    elif not name.isprintable():
        problems.append(Problem("name_characters", "公司名称里有看不见的控制字符，请重新输入", "name"))
    code, region = details.unified_code, details.region
    try:
        code = unified_code.check(code)
    except Invalid as refusal:
        problems.append(Problem(refusal.code, refusal.sentence, "unified_code"))
    try:
        region = regions.check_county(region)
    except Invalid as refusal:
        problems.append(Problem(refusal.code, refusal.sentence, "region"))
    sector = sector_of(details.sector)
    if sector is None:
        known = "、".join(LABELS.values())
        said = f"没有“{details.sector}”这个行业" if details.sector.strip() else "行业没有填写"
        problems.append(Problem("sector_unknown", f"{said}，可填：{known}", "sector"))
    if not EARLIEST <= details.went_live_on <= LATEST:
        problems.append(
            Problem("went_live_on_range", f"系统上线日期 {details.went_live_on} 不合情理，请核对", "went_live_on")
        )
    authority = " ".join(details.authority.split())
    if len(authority) > LONGEST_AUTHORITY or not authority.isprintable():
        problems.append(Problem("authority_long", f"登记机关最多{LONGEST_AUTHORITY}个字", "authority"))
    details = replace(details, name=name, unified_code=code, region=region, authority=authority)
    return replace(details, sector=sector or details.sector), problems


def facts_for_registration(details: CompanyDetails) -> Mapping[str, bool]:
    """What the gate asks: whether the group knows the code or the name already."""
    return {
        "code_belongs_to_another": Entity.objects.filter(unified_code=details.unified_code).exists(),
        "name_belongs_to_another": _name_belongs_to_another(details),
    }


def facts_for_change(before: Entity, details: CompanyDetails, *, is_on_licence: bool) -> Mapping[str, bool]:
    """What the gate asks: whether name or domicile change, and whether the licence says so already."""
    return {
        "name_belongs_to_another": _name_belongs_to_another(details),
        "licence_item_changes": (details.name, details.region) != (before.name, before.region),
        "is_on_licence": is_on_licence,
    }


def _name_belongs_to_another(details: CompanyDetails) -> bool:
    return Entity.objects.filter(name=details.name).exclude(unified_code=details.unified_code).exists()


@dataclass(frozen=True)
class CompanyChanges:
    """What changes about a company and why; None leaves a value as it is.

    `is_on_licence` is the member's word that name and region agree with the licence in force.
    """

    reason: str
    name: str | None = None
    region: str | None = None
    sector: str | None = None
    authority: str | None = None
    went_live_on: date | None = None
    is_on_licence: bool = False


def company_of(details: CompanyDetails, *, at: datetime, company_id: UUID | None = None) -> Entity:
    """The row for checked details, not yet written."""
    return Entity(
        id=company_id or new_id(),
        parent_id=details.parent_id,
        unified_code=details.unified_code,
        name=details.name,
        region=details.region,
        sector=details.sector,
        authority=details.authority,
        went_live_on=details.went_live_on,
        registered_at=at,
    )


def lock_registrations(*, seconds: int | None = None) -> None:
    """One registration after the other, so that two at once can't both find a name free.

    Raises `Refused` after waiting so long: a large import holds the lock until it is through.
    """
    sentence = "正在导入公司，暂时不能登记或修改：请稍候再试"
    hold("organisations.register_company", seconds=seconds or WAIT_SECONDS, busy=sentence)


@transaction.atomic
def register_company(*, details: CompanyDetails, actor: Member, at: datetime) -> Entity:
    """Register a company of the group (公司登记).

    Raises `Refused` with every problem at once, `NotAllowed`, or `Missing` for an unseen parent.
    """
    lock_registrations()
    parent = Entity.objects.filter(pk=details.parent_id).first() if details.parent_id else None
    if parent is None:
        raise Missing("parent_missing", "没有这家上级公司，或您的角色看不到它", field="parent")
    require(actor, "company.register", on=parent.pk)
    details, problems = checked(details)
    if problems:
        raise Refused.because(problems)
    grounds = gate(rules_at("organisations.register_company"), facts_for_registration(details), on=day_of(at))
    return found_company(company_of(details, at=at), Act("organisations.register_company", actor, at, grounds))


def found_company(company: Entity, act: Act) -> Entity:
    """Write the company and its entry; for services that have asked permission and gate."""
    try:
        with transaction.atomic():
            company.save(force_insert=True)
    except IntegrityError as failure:
        # The code may belong to a company that this member can't see.
        if "unified_code" not in str(failure):
            raise
        gate(
            rules_at("organisations.register_company"),
            {"code_belongs_to_another": True, "name_belongs_to_another": False},
            on=day_of(act.at),
        )
        raise
    with scope_with(company.pk):
        record(act, entity_id=company.pk, subject=company)
    return company


@transaction.atomic
def change_company(
    *, company_id: UUID, changes: CompanyChanges, actor: Member, at: datetime, seen: int | None = None
) -> Entity:
    """Change what is written about a company (变更登记, 市场主体登记管理条例 第二十四条).

    `seen` is the version that the member had before them: when somebody else changed the company
    meanwhile, nothing is overwritten. The unified code stays with a company for life.
    """
    lock_registrations()
    company = Entity.objects.select_for_update().filter(pk=company_id).first()
    if company is None:
        raise Missing("company_missing", "没有这家公司，或您的角色看不到它")
    require(actor, "company.change", on=company.pk)
    with scope_with(company.pk):
        if seen is not None and version_of(company) != seen:
            raise Refused("changed_meanwhile", "这家公司刚刚被别人改过：请刷新页面，看过新的内容再改")
        wanted = _changed(company, changes)
        details, problems = checked(wanted)
        # What was right when it was written stays: a region may have been abolished since.
        problems = [one for one in problems if one.field in _altered(company, wanted)]
        reason = " ".join(changes.reason.split())
        if not reason:
            problems.append(Problem("reason_empty", "请写明变更原因", "reason"))
        elif not reason.isprintable():
            problems.append(Problem("reason_characters", "变更原因里有看不见的控制字符，请重新输入", "reason"))
        elif len(reason) > LONGEST_REASON:
            problems.append(Problem("reason_long", f"变更原因有{len(reason)}个字，最多{LONGEST_REASON}个", "reason"))
        if problems:
            raise Refused.because(problems)
        altered = _altered(company, details)
        if not altered:
            raise Refused("nothing_changed", "没有改动：各项内容与现在的相同")
        facts = facts_for_change(company, details, is_on_licence=changes.is_on_licence)
        grounds = gate(rules_at("organisations.change_company"), facts, on=day_of(at))
        for name in altered:
            setattr(company, name, getattr(details, name))
        company.save(update_fields=altered)
        record(Act("organisations.change_company", actor, at, grounds, reason), entity_id=company.pk, subject=company)
    return company


def _changed(company: Entity, changes: CompanyChanges) -> CompanyDetails:
    """The details as they would be after the changes."""
    now = CompanyDetails(
        company.name,
        company.unified_code,
        company.region,
        company.sector,
        company.went_live_on,
        company.parent_id,
        company.authority,
    )
    given = {name: value for name in CHANGEABLE if (value := getattr(changes, name)) is not None}
    return replace(now, **given)


def _altered(company: Entity, details: CompanyDetails) -> list[str]:
    return [name for name in CHANGEABLE if getattr(company, name) != getattr(details, name)]
