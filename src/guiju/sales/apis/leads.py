"""Leads over HTTP; the same services and selectors as the pages."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.api.paging import PageIn
from guiju.organisations.signin import MemberRequest
from guiju.sales.api import Amount
from guiju.sales.selectors.leads import LeadFilter, LeadLine, lead_lines, lead_of
from guiju.sales.selectors.reading import deals
from guiju.sales.services import leads
from guiju.sales.services.details import Details

router = Router(tags=["线索"])

_Text = Annotated[str, Field(max_length=400)]


class LeadIn(Schema):
    """What a customer whom the member sees asks for (线索); somebody new is entered as a customer first."""

    customer_id: UUID
    interest: _Text = ""


class QualifyIn(Schema):
    """The opportunity that takes the place of a lead."""

    name: _Text
    stage: Annotated[str, Field(max_length=20, description="阶段代码；不填为第一个阶段")] = ""
    amount: Amount = None
    expected_on: date | None = None
    source: Annotated[str, Field(max_length=20)] = ""
    next_step: _Text = ""
    next_on: date | None = None


class DiscardIn(Schema):
    """Why nothing comes of it: one of the company's reasons for losing something."""

    reason: Annotated[str, Field(max_length=20, description="公司的输单原因代码，如 price")]
    note: _Text = ""


class LeadOut(Schema):
    """`customer` is empty where the member doesn't see whose it is, `opportunity_id` where they don't see what it became."""

    id: UUID
    customer_id: UUID | None
    customer: str
    interest: str
    state: str
    reason: str
    note: str
    owner: str
    opportunity_id: UUID | None
    made_at: datetime
    changed_at: datetime
    closed_at: datetime | None


class LeadsOut(Schema):
    count: int
    items: list[LeadOut]


class LeadQuery(PageIn):
    state: Annotated[
        str, Field(max_length=10, description="open 待确认，qualified 已转商机，discarded 不再跟进，all 全部")
    ] = "open"
    owner: Annotated[str, Field(max_length=36, description="me 我负责的，或成员的编号")] = ""
    reason: Annotated[str, Field(max_length=20)] = ""
    made_from: Annotated[str, Field(max_length=10, description="登记日期从，如 2026-11-01")] = ""
    made_to: Annotated[str, Field(max_length=10, description="登记日期至")] = ""


_COPIED = ("state", "reason", "made_at", "changed_at", "closed_at")


def _out(line: LeadLine) -> dict[str, Any]:
    row = line.row
    return {
        "id": row.pk,
        "customer_id": row.customer_id if line.customer else None,
        "customer": line.customer,
        "interest": line.interest,
        "note": line.note,
        "owner": row.customer.owner.user.name if row.customer.owner else "",
        "opportunity_id": row.opportunity_id if line.opens else None,
        **{name: getattr(row, name) for name in _COPIED},
    }


def _one(request: MemberRequest, lead_id: UUID) -> dict[str, Any]:
    with deals(request.member, on=timezone.localdate()) as seen:
        [line] = lead_lines(seen, [lead_of(seen, lead_id)])
        return _out(line)


@router.get("/leads", response={200: LeadsOut, **ANSWERS}, operation_id="leads")
def lead_list(request: MemberRequest, wanted: Query[LeadQuery]) -> dict[str, Any]:
    """线索：令牌所属成员看得到的，新的在前。"""
    asked = LeadFilter.of_query(wanted.dict(exclude={"offset", "limit"}))
    with deals(request.member, on=timezone.localdate()) as seen:
        rows = asked.of(seen)
        lines = lead_lines(seen, rows[wanted.offset : wanted.offset + wanted.limit])
        return {"count": rows.count(), "items": [_out(line) for line in lines]}


@router.post("/leads", response={201: LeadOut, **ANSWERS}, operation_id="open_lead")
def open_lead(request: MemberRequest, given: LeadIn) -> Status[dict[str, Any]]:
    """登记线索：已有的客户来问，一位客户同时只有一条待确认的。"""
    made = leads.open_lead(actor=request.member, at=timezone.now(), **given.dict())
    return Status(201, _one(request, made.pk))


@router.post("/leads/{lead_id}/qualify", response={200: LeadOut, **ANSWERS}, operation_id="qualify_lead")
def qualify_lead(request: MemberRequest, lead_id: UUID, given: QualifyIn) -> dict[str, Any]:
    """线索转商机。"""
    details = Details(**given.dict(exclude={"stage"}))
    leads.qualify_lead(lead_id=lead_id, details=details, stage=given.stage, actor=request.member, at=timezone.now())
    return _one(request, lead_id)


@router.post("/leads/{lead_id}/discard", response={200: LeadOut, **ANSWERS}, operation_id="discard_lead")
def discard_lead(request: MemberRequest, lead_id: UUID, given: DiscardIn) -> dict[str, Any]:
    """线索不再跟进。"""
    leads.discard_lead(lead_id=lead_id, actor=request.member, at=timezone.now(), **given.dict())
    return _one(request, lead_id)
