"""The catalogue, privacy notices, and searches for data held against the law over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.organisations.signin import MemberRequest
from guiju.privacy.selectors import catalogue as selectors
from guiju.privacy.selectors.cleanup import cleanup_for, lines_of
from guiju.privacy.selectors.notices import notices_for
from guiju.privacy.services import cleanup as cleanup_services
from guiju.privacy.shown import cleanup_answer, field_answer

router = Router(tags=["合规"])


class FieldOut(Schema):
    """One field of the catalogue (字段台账)."""

    record: str
    code: str
    label: str
    sort: str
    choices: dict[str, str]
    grade: str
    category: str
    uses: dict[str, str]
    consent: str
    visibility: str
    retention: int | None
    may_leave: bool
    is_sealed: bool
    is_built_in: bool
    state: str
    note: str


class NoticeOut(Schema):
    version: int
    text: str
    digest: str
    published_at: datetime
    ended_at: datetime | None


class CompanyQuery(Schema):
    company_id: Annotated[UUID | None, Field(description="公司；不填为令牌所属公司")] = None


@router.get("/catalogue", response={200: list[FieldOut], **ANSWERS}, operation_id="catalogue")
def catalogue(request: MemberRequest, wanted: Query[CompanyQuery]) -> list[dict[str, Any]]:
    """字段台账：一家公司的全部字段。"""
    found = selectors.catalogue_for(request.member, wanted.company_id or request.member.entity_id)
    return [field_answer(field) for fields in found.values() for field in fields.values()]


@router.get("/privacy-notices", response={200: list[NoticeOut], **ANSWERS}, operation_id="privacy_notices")
def privacy_notices(request: MemberRequest, wanted: Query[CompanyQuery]) -> list[Any]:
    """隐私告知的各版，新的在前。"""
    return list(notices_for(request.member, wanted.company_id or request.member.entity_id))


class CleanupIn(Schema):
    on: Annotated[date | None, Field(description="截至哪一天结束时，不填为今天")] = None


class WhyOut(Schema):
    """One reason: how many values, by which article, what to do."""

    rule: str
    count: int
    words: str
    law: str
    mend: str


class FoundOut(Schema):
    field: str
    label: str
    found: int
    frozen: int
    why: list[WhyOut]


class CleanupOut(Schema):
    """A search for data held against the law (违规数据清理): numbers, no values and no people."""

    id: UUID
    entity_id: UUID
    on: date
    state: str
    basis: dict[str, int | str]
    records: dict[str, int]
    holders: int
    left_out: dict[str, int]
    made_at: datetime
    frozen_values: int
    disposal_id: UUID | None
    found: list[FoundOut]


@router.post("/cleanups", response={201: CleanupOut, **ANSWERS}, operation_id="start_cleanup")
def start_cleanup(request: MemberRequest, wanted: CleanupIn) -> Status[dict[str, Any]]:
    """查找违规数据：令牌所属的公司；记录多的在后台查完。"""
    made = cleanup_services.start_cleanup(
        entity_id=request.member.entity_id,
        on=wanted.on or timezone.localdate(),
        actor=request.member,
        at=timezone.now(),
    )
    return Status(201, cleanup_answer(made, lines_of(made)))


@router.get("/cleanups/{cleanup_id}", response={200: CleanupOut, **ANSWERS}, operation_id="cleanup")
def cleanup(request: MemberRequest, cleanup_id: UUID) -> dict[str, Any]:
    """一次违规数据清理，找到了什么。"""
    found = cleanup_for(request.member, cleanup_id)
    return cleanup_answer(found, lines_of(found))
