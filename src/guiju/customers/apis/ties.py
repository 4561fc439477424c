"""How customers stand to each other, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.customers.api import PurposeQuery, known_purpose
from guiju.customers.relating import TIE_KINDS
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.ties import ties_of
from guiju.customers.services import ties
from guiju.organisations.signin import MemberRequest

router = Router(tags=["客户"])

_KIND = Field(
    max_length=20,
    description="另一位是这位客户的：" + "、".join(f"{one.code} {one.label}" for one in TIE_KINDS.values()),
)


class TieIn(Schema):
    """Another customer, and what they are to the one of the address."""

    other_id: UUID
    kind: Annotated[str, _KIND]


class TieOut(Schema):
    """A tie from the side of the customer of the address: what the other one is to them."""

    id: UUID
    kind: str
    label: str
    other_id: UUID
    other_name: str
    made_at: datetime
    ended_at: datetime | None


class MadeTieOut(Schema):
    id: UUID
    ended_at: datetime | None


@router.get("/customers/{customer_id}/ties", response={200: list[TieOut], **ANSWERS}, operation_id="customer_ties")
def customer_ties(request: MemberRequest, customer_id: UUID, wanted: Query[PurposeQuery]) -> list[dict[str, Any]]:
    """一位客户与别的客户的关系：两位都看得到的才列出，已经结束的在后。"""
    with reading(request.member, purpose=known_purpose(wanted.purpose), on=timezone.localdate()) as seen:
        return [
            {
                "id": line.tie.pk,
                "kind": line.tie.kind,
                "label": line.label,
                "other_id": line.other.pk,
                "other_name": line.other.shown_name,
                "made_at": line.tie.made_at,
                "ended_at": line.tie.ended_at,
            }
            for line in ties_of(seen, seen.customer(customer_id))
        ]


@router.post("/customers/{customer_id}/ties", response={201: MadeTieOut, **ANSWERS}, operation_id="add_tie")
def add_tie(request: MemberRequest, customer_id: UUID, wanted: TieIn) -> Status[Any]:
    """登记关系：另一位是这位客户的什么；两位都要看得到，都要可以记录。"""
    made = ties.add_tie(
        one_id=customer_id, other_id=wanted.other_id, kind=wanted.kind, actor=request.member, at=timezone.now()
    )
    return Status(201, made)


@router.post("/customer-ties/{tie_id}/end", response={200: MadeTieOut, **ANSWERS}, operation_id="end_tie")
def end_tie(request: MemberRequest, tie_id: UUID) -> Any:
    """结束关系：写明已经没有这个关系，历史留着。"""
    return ties.end_tie(tie_id=tie_id, actor=request.member, at=timezone.now())
