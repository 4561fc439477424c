"""The catalogue and privacy notices over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from ninja import Field, Query, Router, Schema

from guiju.api.errors import ANSWERS
from guiju.organisations.signin import MemberRequest
from guiju.privacy.selectors import catalogue as selectors
from guiju.privacy.selectors.notices import notices_for
from guiju.privacy.shown import field_answer

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
