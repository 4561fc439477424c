"""The door for programs of others (公开接口): websites, apps and mini-programs of the company send complaints here.

At the public listener, without an account. JSON or a form; the same `Idempotency-Key` again gives the same number.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from guiju.accounts.origin import origin_of
from guiju.api.errors import ANSWERS
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.tracking import company_of_number, tracked
from guiju.complaints.services.complainant import Key, opened_case
from guiju.complaints.services.intake import Complained, receive_complaint
from guiju.database.scope import scope
from guiju.privacy.views.public import company_of_code

router = Router(tags=["公开：投诉"])


class ComplaintIn(Schema):
    """What somebody complains about; only `text` is needed."""

    text: Annotated[str, Field(max_length=20_000, description="发生了什么事")]
    contact_name: Annotated[str, Field(max_length=200)] = ""
    contact_phone: Annotated[str, Field(max_length=40, description="手机，确认和进度发到这里")] = ""
    wish: Annotated[str, Field(max_length=20, description="、".join(f"{a} {b}" for a, b in Complaint.Wish.choices))] = (
        ""
    )
    order_no: Annotated[str, Field(max_length=200)] = ""
    product: Annotated[str, Field(max_length=400)] = ""
    happened_on: date | None = None


class ReceivedOut(Schema):
    """`tracking_url` is for who complained only: who has it sees the case."""

    number: str
    tracking_url: str
    received_at: datetime


class StepOut(Schema):
    kind: str
    label: str
    at: datetime
    text: str


class ClockOut(Schema):
    label: str
    due: str
    basis: str
    article: str
    is_late: bool


class CaseOut(Schema):
    number: str
    state: str
    state_label: str
    received_at: datetime
    decided_at: datetime | None
    closed_at: datetime | None
    steps: list[StepOut]
    clocks: list[ClockOut]


def _with_any_origin(request: HttpRequest, response: HttpResponse) -> None:
    """Pages of the company's own sites may send; there is nothing here that a cookie would open."""
    response.headers["Access-Control-Allow-Origin"] = "*"


@router.post(
    "/{entity}/complaints", response={200: ReceivedOut, 201: ReceivedOut, **ANSWERS}, operation_id="public_complain"
)
def public_complain(request: HttpRequest, response: HttpResponse, entity: str, body: ComplaintIn) -> Status[Any]:
    """提交投诉：`entity` 是公司的统一社会信用代码。新收到的答 201；同一个 Idempotency-Key 再来，答 200 和同一个编号。"""
    _with_any_origin(request, response)
    company = company_of_code(entity)
    with scope(entities={company.pk}):
        taken = receive_complaint(
            entity_id=company.pk,
            said=Complained(
                body.text,
                name=body.contact_name,
                phone=body.contact_phone,
                wish=body.wish,
                order_no=body.order_no,
                product=body.product,
                happened_on=body.happened_on,
                key=request.headers.get("Idempotency-Key", ""),
            ),
            channel=Complaint.Channel.API,
            origin=origin_of(request).address or "",
            at=timezone.now(),
        )
    number = taken.complaint.number
    place = f"/complaint/{number}/{taken.code}/" if taken.code else f"/complaint/{number}/"
    made = {
        "number": number,
        "tracking_url": settings.GUIJU_CONSUMER_URL.rstrip("/") + place,
        "received_at": taken.complaint.received_at,
    }
    return Status(201 if taken.is_new else 200, made)


@router.get("/complaints/{number}", response={200: CaseOut, **ANSWERS}, operation_id="public_complaint")
def public_complaint(request: HttpRequest, response: HttpResponse, number: str, code: str = "") -> dict[str, Any]:
    """投诉进度：`code` 是查询码。"""
    _with_any_origin(request, response)
    with scope(entities={company_of_number(number)}):
        case = opened_case(Key(number, code))
        shown = tracked(case, at=timezone.now())
        return {
            "number": case.number,
            "state": case.state,
            "state_label": case.get_state_display(),
            "received_at": case.received_at,
            "decided_at": case.decided_at,
            "closed_at": case.closed_at,
            "steps": [vars(one) for one in shown.steps],
            "clocks": [vars(one) for one in shown.clocks],
        }
