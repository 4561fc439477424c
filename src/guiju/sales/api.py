"""Opportunities over HTTP; the same services and selectors as the pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.api.paging import PageIn
from guiju.organisations.signin import MemberRequest
from guiju.sales.selectors.filtering import OpportunityFilter
from guiju.sales.selectors.reading import Line, deals
from guiju.sales.services import moving, opportunities
from guiju.sales.services.details import Details

router = Router(tags=["商机"])

Amount = Annotated[Decimal | None, Field(description="元，最多两位小数", max_digits=30)]


class OpportunityIn(Schema):
    """An opportunity (商机) of a customer whom the member sees; without a stage it stands in the first."""

    customer_id: UUID
    name: Annotated[str, Field(max_length=400)]
    stage: Annotated[str, Field(max_length=20, description="阶段代码；不填为第一个阶段")] = ""
    amount: Amount = None
    expected_on: date | None = None
    source: Annotated[str, Field(max_length=20)] = ""
    next_step: Annotated[str, Field(max_length=400)] = ""
    next_on: date | None = None


class MoveIn(Schema):
    """The stage where it goes, and when it was last changed as the caller saw it."""

    stage: Annotated[str, Field(max_length=20)]
    seen: Annotated[datetime | None, Field(description="读到的 changed_at；别人在那以后改过就不移动")] = None


class OpportunityOut(Schema):
    """`customer` is empty where the member doesn't see whose it is."""

    id: UUID
    name: str
    customer_id: UUID | None
    customer: str
    stage: str
    state: str
    amount: Decimal | None
    expected_on: date | None
    owner: str
    source: str
    next_step: str
    next_on: date | None
    lost_reason: str
    made_at: datetime
    changed_at: datetime
    closed_at: datetime | None


class OpportunitiesOut(Schema):
    count: int
    amount: Decimal
    weighted: Decimal
    items: list[OpportunityOut]


class OpportunityQuery(PageIn):
    search: Annotated[str, Field(max_length=200, description="名称的一部分")] = ""
    state: Annotated[str, Field(max_length=10, description="open 进行中，won 赢单，lost 输单，all 全部")] = "open"
    stage: Annotated[str, Field(max_length=20)] = ""
    owner: Annotated[str, Field(max_length=36, description="me 我负责的，或成员的编号")] = ""
    month: Annotated[str, Field(max_length=10, description="预计成交的月份，如 2026-12；past、later、none")] = ""


_COPIED = (
    "stage",
    "state",
    "amount",
    "expected_on",
    "source",
    "next_on",
    "lost_reason",
    "made_at",
    "changed_at",
    "closed_at",
)


def _out(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "id": row.pk,
        "name": line.name,
        "customer_id": row.customer_id if line.customer else None,
        "customer": line.customer,
        "owner": row.owner.user.name,
        "next_step": line.next_step,
        **{name: getattr(row, name) for name in _COPIED},
    }


def _one(request: MemberRequest, opportunity_id: UUID) -> dict[str, Any]:
    with deals(request.member, on=timezone.localdate()) as seen:
        [line] = seen.lines([seen.row(opportunity_id)])
        return _out(line)


@router.get("/opportunities", response={200: OpportunitiesOut, **ANSWERS}, operation_id="opportunities")
def opportunity_list(request: MemberRequest, wanted: Query[OpportunityQuery]) -> dict[str, Any]:
    """商机：令牌所属成员看得到的，新的在前；合计是全部的，不只这一页。"""
    said = wanted.dict(exclude={"offset", "limit"})
    asked = OpportunityFilter.of_query(said)
    with deals(request.member, on=timezone.localdate()) as seen:
        rows = asked.of(seen.rows(), seen)
        total = seen.total(rows)
        lines = seen.lines(rows[wanted.offset : wanted.offset + wanted.limit])
        return {
            "count": total.count,
            "amount": total.amount,
            "weighted": total.weighted,
            "items": [_out(line) for line in lines],
        }


@router.post("/opportunities", response={201: OpportunityOut, **ANSWERS}, operation_id="add_opportunity")
def add_opportunity(request: MemberRequest, given: OpportunityIn) -> Status[dict[str, Any]]:
    """登记商机。"""
    said = given.dict(exclude={"customer_id", "stage"})
    made = opportunities.add_opportunity(
        customer_id=given.customer_id,
        details=Details(**said),
        stage=given.stage,
        actor=request.member,
        at=timezone.now(),
    )
    return Status(201, _one(request, made.pk))


@router.get("/opportunities/{opportunity_id}", response={200: OpportunityOut, **ANSWERS}, operation_id="opportunity")
def opportunity(request: MemberRequest, opportunity_id: UUID) -> dict[str, Any]:
    """一个商机。"""
    return _one(request, opportunity_id)


@router.post(
    "/opportunities/{opportunity_id}/move",
    response={200: OpportunityOut, **ANSWERS},
    operation_id="move_opportunity",
)
def move_opportunity(request: MemberRequest, opportunity_id: UUID, where: MoveIn) -> dict[str, Any]:
    """把商机移到另一个阶段；读到以后别人改过的不移动，并说是谁。"""
    moving.move_opportunity(
        opportunity_id=opportunity_id,
        stage=where.stage,
        actor=request.member,
        at=timezone.now(),
        seen=where.seen,
    )
    return _one(request, opportunity_id)
