"""The same verdicts over HTTP."""

from __future__ import annotations

from typing import Annotated, Any

from django.utils import timezone
from ninja import Field, Router, Schema

from guiju.api.errors import ANSWERS
from guiju.kernel.errors import Refused
from guiju.kernel.sectors import LABELS, sector_of
from guiju.organisations.permissions import require
from guiju.organisations.signin import MemberRequest
from guiju.review.engine import review_ad

router = Router(tags=["审查"])


class TextIn(Schema):
    text: Annotated[str, Field(max_length=20_000, description="广告文案")]
    id: Annotated[str, Field(max_length=200)] = ""
    sector: Annotated[str | None, Field(max_length=50)] = None
    channel: Annotated[str | None, Field(max_length=50)] = None


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
    facts_missing: Annotated[list[str], Field(description="因不知道行业、渠道而没有适用的规则")]


@router.post("/checks/ads", response={200: VerdictOut, **ANSWERS}, operation_id="check_ads")
def check_ads(request: MemberRequest, given: TextIn) -> dict[str, Any]:
    """审查一段广告文案，按今天的法律。"""
    require(request.member, "text.review", on=request.member.entity_id)
    sector = sector_of(given.sector) if given.sector else None
    if given.sector and sector is None:
        raise Refused(
            "sector_unknown", f"没有“{given.sector}”这个行业，可填：{'、'.join(LABELS.values())}", field="sector"
        )
    verdict = review_ad(given.text, on=timezone.localdate(), sector=sector, channel=given.channel)
    return verdict.as_answer(given.id, given.text)
