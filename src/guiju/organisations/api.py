"""Companies over HTTP; the same services and selectors as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.api.paging import PageIn
from guiju.organisations import selectors
from guiju.organisations.models import Entity
from guiju.organisations.services import CompanyChanges, CompanyDetails
from guiju.organisations.services import change_company as change_company_service
from guiju.organisations.services import register_company as register_company_service
from guiju.organisations.signin import MemberRequest

router = Router(tags=["公司"])


class CompanyIn(Schema):
    """A company as its licence names it (营业执照)."""

    unified_code: Annotated[str, Field(max_length=100, description="统一社会信用代码（GB 32100）")]
    name: Annotated[str, Field(max_length=400, description="公司名称")]
    region: Annotated[str, Field(max_length=50, description="区划代码（GB/T 2260），到县、区")]
    sector: Annotated[str, Field(max_length=50, description="行业")]
    went_live_on: Annotated[date, Field(description="系统上线日期")]
    parent_id: Annotated[UUID | None, Field(description="上级公司；不填为令牌所属公司")] = None
    authority: Annotated[str, Field(max_length=200, description="登记机关")] = ""


class CompanyChangesIn(Schema):
    """What changes; what is left out stays as it is."""

    reason: Annotated[str, Field(max_length=400, description="变更原因")]
    name: Annotated[str | None, Field(max_length=400)] = None
    region: Annotated[str | None, Field(max_length=50)] = None
    sector: Annotated[str | None, Field(max_length=50)] = None
    authority: Annotated[str | None, Field(max_length=200, description="登记机关")] = None
    went_live_on: date | None = None
    is_on_licence: Annotated[bool, Field(description="改后的名称、住所与现行营业执照一致")] = False


class CompanyOut(Schema):
    id: UUID
    parent_id: UUID | None
    unified_code: str
    name: str
    region: str
    region_name: str
    sector: str
    authority: str
    went_live_on: date
    registered_at: datetime


class CompaniesOut(Schema):
    count: int
    items: list[CompanyOut]


class CompanyFilter(PageIn):
    search: Annotated[str, Field(max_length=200, description="名称的一部分，或代码的开头")] = ""
    sector: Annotated[str, Field(max_length=50)] = ""
    province: Annotated[str, Field(max_length=6, description="省级区划代码的前两位")] = ""


class ChangeOut(Schema):
    field: str
    label: str
    old: Any = None
    new: Any = None


class VersionOut(Schema):
    number: int
    entry_id: UUID
    action: str
    who: str
    at: datetime
    reason: str
    changes: list[ChangeOut]


@router.get("/companies", response={200: CompaniesOut, **ANSWERS}, operation_id="companies")
def companies(request: MemberRequest, wanted: Query[CompanyFilter]) -> dict[str, Any]:
    """公司名录：令牌所属成员看得到的公司，按代码排列。"""
    found = selectors.companies_for(
        request.member, search=wanted.search, sector=wanted.sector, province=wanted.province
    )
    return {"count": found.count(), "items": list(found[wanted.offset : wanted.offset + wanted.limit])}


@router.post("/companies", response={201: CompanyOut, **ANSWERS}, operation_id="register_company")
def register_company(request: MemberRequest, details: CompanyIn) -> Status[Entity]:
    """登记公司。"""
    values = details.dict()
    values["parent_id"] = details.parent_id or request.member.entity_id
    made = register_company_service(details=CompanyDetails(**values), actor=request.member, at=timezone.now())
    return Status(201, made)


@router.get("/companies/{company_id}", response={200: CompanyOut, **ANSWERS}, operation_id="company")
def company(request: MemberRequest, company_id: UUID) -> Entity:
    """一家公司。"""
    return selectors.company_for(request.member, company_id)


@router.patch("/companies/{company_id}", response={200: CompanyOut, **ANSWERS}, operation_id="change_company")
def change_company(request: MemberRequest, company_id: UUID, changes: CompanyChangesIn) -> Entity:
    """修改公司的登记信息。"""
    return change_company_service(
        company_id=company_id,
        changes=CompanyChanges(**changes.dict()),
        actor=request.member,
        at=timezone.now(),
    )


@router.get(
    "/companies/{company_id}/history", response={200: list[VersionOut], **ANSWERS}, operation_id="company_history"
)
def company_history(request: MemberRequest, company_id: UUID) -> list[dict[str, Any]]:
    """修改历史，新的在前。"""
    found = selectors.company_for(request.member, company_id)
    return [
        {**vars(line.version), "who": line.who, "changes": [vars(change) for change in line.version.changes]}
        for line in selectors.company_history(request.member, found)
    ]
