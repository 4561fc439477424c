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
from ninja import errors as ninja_errors
from ninja.errors import HttpError
from pydantic import ValidationError

from guiju.accounts.origin import origin_of
from guiju.api.errors import ANSWERS
from guiju.complaints.doors import DOORS
from guiju.complaints.models import Complaint
from guiju.complaints.selectors.attachments import files_of_complainant
from guiju.complaints.selectors.tracking import company_of_number, tracked
from guiju.complaints.services.complainant import Key, opened_case
from guiju.complaints.services.files import most_sent, send_files
from guiju.complaints.services.intake import Complained, receive_complaint
from guiju.database.scope import scope
from guiju.privacy.views.public import company_of_code
from guiju.web.uploads import sent_files

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
    proof: Annotated[
        str,
        Field(
            max_length=20,
            description="选填。很多件从同一个地址来时免去“待筛选”：一个数，使 SHA-256(“guiju/door/1:”+Idempotency-Key"
            "+“:”+这个数) 以16个零位开头",
        ),
    ] = ""


class ReceivedOut(Schema):
    """`tracking_url` is for who complained only: who has it sees the case."""

    number: str
    tracking_url: str
    received_at: datetime
    files_refused: list[str] | None = None


class FilesOut(Schema):
    """The names of the files that are with the case, and which weren't taken in and why."""

    files: list[str]
    files_refused: list[str]


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


_SHAPE: dict[str, Any] = {"schema": ComplaintIn.json_schema()}
_WITH_FILES: dict[str, Any] = {
    "schema": {
        "type": "object",
        "properties": {"upload": {"type": "array", "items": {"type": "string", "format": "binary"}}},
    }
}


@router.post(
    "/{entity}/complaints",
    response={200: ReceivedOut, 201: ReceivedOut, **ANSWERS},
    operation_id="public_complain",
    url_name="public_complain",
    exclude_none=True,
    openapi_extra={
        "requestBody": {
            "content": {
                "application/json": _SHAPE,
                "multipart/form-data": {"schema": {"allOf": [_SHAPE["schema"], _WITH_FILES["schema"]]}},
            },
            "required": True,
        }
    },
)
def public_complain(request: HttpRequest, response: HttpResponse, entity: str) -> Status[Any]:
    """提交投诉：`entity` 是公司的统一社会信用代码。新收到的答 201；同一个 Idempotency-Key 再来，答 200 和同一个编号。

    正文是 JSON；带文件的用 multipart/form-data，同样的字段，文件放在 `upload`。收不下的文件不影响投诉，列在
    `files_refused`。
    """
    _with_any_origin(request, response)
    company = company_of_code(entity)
    with sent_files(request, most_sent()) as sent:
        body = _body_of(request)
        now = timezone.now()
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
                    proof=body.proof,
                ),
                channel=DOORS.get(request.GET.get("from", ""), Complaint.Channel.API),
                origin=_origin(request),
                at=now,
            )
            key = Key(taken.complaint.number, taken.code)
            told = send_files(key=key, sent=sent, origin=_origin(request), at=now) if taken.code else []
    number = taken.complaint.number
    place = f"/complaint/{number}/{taken.code}/" if taken.code else f"/complaint/{number}/"
    made = {
        "number": number,
        "tracking_url": settings.GUIJU_CONSUMER_URL.rstrip("/") + place,
        "received_at": taken.complaint.received_at,
        "files_refused": told or None,
    }
    return Status(201 if taken.is_new else 200, made)


@router.post(
    "/complaints/{number}/files",
    response={200: FilesOut, **ANSWERS},
    operation_id="public_send_file",
    url_name="public_send_file",
    openapi_extra={
        "requestBody": {
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "code": {"type": "string", "title": "查询码"},
                            "upload": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        },
                    }
                }
            }
        }
    },
)
def public_send_file(request: HttpRequest, response: HttpResponse, number: str) -> dict[str, Any]:
    """给投诉补文件：multipart/form-data，`code` 是查询码，文件放在 `upload`；收不下的列在 `files_refused`。"""
    _with_any_origin(request, response)
    with scope(entities={company_of_number(number)}), sent_files(request, most_sent()) as sent:
        key = Key(number, request.POST.get("code", ""))
        case = opened_case(key)
        told = send_files(key=key, sent=sent, origin=_origin(request), at=timezone.now())
        return {"files": [one.name for one in files_of_complainant(case)], "files_refused": told}


def _origin(request: HttpRequest) -> str:
    return origin_of(request).address or ""


def _body_of(request: HttpRequest) -> ComplaintIn:
    """JSON, or the fields of a form; raises ninja's own errors for another shape."""
    try:
        if request.content_type == "multipart/form-data":
            fields = {name: value for name, value in request.POST.items() if value}
            return ComplaintIn.model_validate(fields)
        return ComplaintIn.model_validate_json(request.body)
    except ValidationError as wrong:
        if any(one["type"] == "json_invalid" for one in wrong.errors()):
            raise HttpError(400, "") from None
        problems = [{**one, "loc": ("body", "body", *one["loc"])} for one in wrong.errors(include_context=False)]
        raise ninja_errors.ValidationError(problems) from None


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
