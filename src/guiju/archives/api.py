"""The register of disposals and holds over HTTP; who is to be deleted is said at a customer (guiju.customers.api)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema

from guiju.api.errors import ANSWERS
from guiju.api.paging import PageIn
from guiju.archives import selectors
from guiju.archives.services import holds
from guiju.archives.services.disposals import decide_disposal as decide_disposal_service
from guiju.organisations.signin import MemberRequest

router = Router(tags=["销毁与保全"])

REASON = Field(max_length=400)


class DisposalOut(Schema):
    """What is to be destroyed, or was (销毁登记): numbers, no values and no people."""

    id: UUID
    entity_id: UUID
    basis: str
    reason: str
    state: str
    things: int
    proposed_at: datetime
    decided_at: datetime | None
    done_at: datetime | None
    counts: dict[str, int]
    kept: list[dict[str, Any]]


class DisposalsOut(Schema):
    count: int
    items: list[DisposalOut]


class DecisionIn(Schema):
    """The word of another person than who proposed it."""

    allows: bool
    note: Annotated[str, Field(max_length=400, description="意见；不同意的要写原因")] = ""


class HoldOut(Schema):
    id: UUID
    subject_id: UUID
    sort: str
    reason: str
    placed_at: datetime
    lifted_at: datetime | None
    lifted_because: str


class HoldsOut(Schema):
    count: int
    items: list[HoldOut]


class LiftIn(Schema):
    reason: Annotated[str, REASON]


@router.get("/disposals", response={200: DisposalsOut, **ANSWERS}, operation_id="disposals")
def disposals(request: MemberRequest, page: Query[PageIn]) -> dict[str, Any]:
    """销毁登记，新的在前。"""
    rows = selectors.disposals_for(request.member)
    return {"count": rows.count(), "items": list(rows[page.offset : page.offset + page.limit])}


@router.get("/disposals/{disposal_id}", response={200: DisposalOut, **ANSWERS}, operation_id="disposal")
def disposal(request: MemberRequest, disposal_id: UUID) -> Any:
    """一份销毁登记。"""
    return selectors.disposal_for(request.member, disposal_id)


@router.post("/disposals/{disposal_id}/decide", response={200: DisposalOut, **ANSWERS}, operation_id="decide_disposal")
def decide_disposal(request: MemberRequest, disposal_id: UUID, said: DecisionIn) -> Any:
    """审批销毁：提出的人不能自己批；批准后从各处删除，不能恢复。"""
    selectors.disposal_for(request.member, disposal_id)
    return decide_disposal_service(
        disposal_id=disposal_id, allows=said.allows, note=said.note, actor=request.member, at=timezone.now()
    )


@router.get("/holds", response={200: HoldsOut, **ANSWERS}, operation_id="holds")
def list_holds(request: MemberRequest, page: Query[PageIn]) -> dict[str, Any]:
    """保全，生效的在前。"""
    rows = selectors.holds_for(request.member)
    return {"count": rows.count(), "items": list(rows[page.offset : page.offset + page.limit])}


@router.post("/holds/{hold_id}/lift", response={200: HoldOut, **ANSWERS}, operation_id="lift_hold")
def lift_hold(request: MemberRequest, hold_id: UUID, said: LiftIn) -> Any:
    """解除保全。"""
    return holds.lift_hold(hold_id=hold_id, reason=said.reason, actor=request.member, at=timezone.now())
