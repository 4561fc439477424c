"""The same verdicts over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils import timezone
from ninja import Field, Router, Schema
from pydantic import StrictBool

from guiju.api.errors import ANSWERS
from guiju.kernel.contract_types import LABELS as CONTRACT_LABELS
from guiju.kernel.contract_types import contract_type_of
from guiju.kernel.errors import Refused
from guiju.kernel.rules.columns import Column
from guiju.kernel.rules.model import Occasion
from guiju.kernel.sectors import LABELS, sector_of
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest
from guiju.review.columns import Item, answer_of_column
from guiju.review.engine import classify_column, review_ad, review_clause
from guiju.review.selectors import exemptions_of
from guiju.rulebook.labels import CHANNELS

router = Router(tags=["审查"])


class AdIn(Schema):
    text: Annotated[str, Field(max_length=20_000, description="广告文案")]
    id: Annotated[str, Field(max_length=200)] = ""
    sector: Annotated[str | None, Field(max_length=50)] = None
    channel: Annotated[str | None, Field(max_length=50, description="sms、push、popup、web、live、print")] = None


class ClauseIn(Schema):
    text: Annotated[str, Field(max_length=200_000, description="一条条款，或者一份完整的合同")]
    id: Annotated[str, Field(max_length=200)] = ""
    type: Annotated[str | None, Field(max_length=50, description="合同类型；给了就查必备条款")] = None
    whole: Annotated[StrictBool, Field(description="是不是一份完整的合同")] = True


class ColumnIn(Schema):
    column: Annotated[str, Field(max_length=200, description="字段名")]
    comment: Annotated[str, Field(max_length=1000)] = ""
    table: Annotated[str, Field(max_length=200)] = ""
    id: Annotated[str, Field(max_length=200)] = ""
    values: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=1000)] = []


class FindingOut(Schema):
    rule: str
    category: str
    severity: str
    start: int
    end: int
    excerpt: str
    law: str
    article: str
    quote: str
    message: str
    suggestion: str


class VerdictOut(Schema):
    id: str
    text: str
    decision: str
    findings: list[FindingOut]
    facts_missing: Annotated[list[str], Field(description="因不知道行业、渠道、合同类型而没有适用的规则")]


class ColumnFindingOut(Schema):
    rule: str
    category: str
    by: Annotated[str, Field(description="label 注释、name 名称、values 值")]
    evidence: str
    law: str
    article: str
    quote: str
    message: str
    suggestion: str


class ColumnOut(Schema):
    id: str
    column: str
    comment: str
    table: str
    category: str
    personal: bool
    sensitive: bool
    findings: list[ColumnFindingOut]
    facts_missing: Annotated[list[str], Field(description="因没有给出值而没有判断的规则")]


@router.post("/checks/ads", response={200: VerdictOut, **ANSWERS}, operation_id="check_ads")
def check_ads(request: MemberRequest, given: AdIn) -> dict[str, Any]:
    """审查一段广告文案，按今天的法律；本公司词库里放行的用语不算。"""
    require(request.member, "text.review", on=request.member.entity_id)
    sector = sector_of(given.sector) if given.sector else None
    if given.sector and sector is None:
        raise Refused(
            "sector_unknown", f"没有“{given.sector}”这个行业，可填：{'、'.join(LABELS.values())}", field="sector"
        )
    if given.channel and given.channel not in CHANNELS:
        raise Refused("channel_unknown", f"没有“{given.channel}”这个渠道，可填：{'、'.join(CHANNELS)}", field="channel")
    today = timezone.localdate()
    verdict = review_ad(
        given.text,
        on=today,
        occasion=Occasion(sector, given.channel or None),
        exemptions=exemptions_of(request.member.entity_id, on=today),
    )
    return verdict.as_answer(given.id, given.text)


@router.post("/checks/clauses", response={200: VerdictOut, **ANSWERS}, operation_id="check_clauses")
def check_clauses(request: MemberRequest, given: ClauseIn) -> dict[str, Any]:
    """审查一条合同条款或者一份合同，按今天的法律。"""
    require(request.member, "text.review", on=request.member.entity_id)
    kind = contract_type_of(given.type) if given.type else None
    if given.type and kind is None:
        raise Refused(
            "type_unknown", f"没有“{given.type}”这种合同，可填：{'、'.join(CONTRACT_LABELS.values())}", field="type"
        )
    occasion = Occasion(contract_type=kind, is_whole=given.whole)
    return review_clause(given.text, on=timezone.localdate(), occasion=occasion).as_answer(given.id, given.text)


@router.post("/checks/fields", response={200: ColumnOut, **ANSWERS}, operation_id="check_fields")
def check_fields(request: MemberRequest, given: ColumnIn) -> dict[str, Any]:
    """给一个字段分类：是不是个人信息，是不是敏感个人信息。值只用来判断，不保存。"""
    require(request.member, "text.review", on=request.member.entity_id)
    column = Column(given.column, given.comment, given.table, tuple(given.values))
    return answer_of_column(Item(given.id, column, 1), classify_column(column, on=timezone.localdate()))
