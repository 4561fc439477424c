"""Files over HTTP; the same services and selectors as the pages."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpResponseBase
from django.utils import timezone
from ninja import Field, File, Form, Query, Router, Schema, Status
from ninja.files import UploadedFile

from guiju.api.errors import ANSWERS
from guiju.database.scope import scope_with
from guiju.files import tasks
from guiju.files.selectors.attachments import Line, attachments_of, owner_of
from guiju.files.services import attachments as services
from guiju.files.shown import file_answer
from guiju.organisations.signin import MemberRequest
from guiju.privacy.terms import Channel

router = Router(tags=["附件"])


class FileIn(Schema):
    """What is said about a file."""

    note: Annotated[str, Field(max_length=2000)] = ""
    grade: Annotated[str, Field(max_length=10, description="unknown 由检查决定，sensitive 敏感，general 一般")] = (
        "unknown"
    )


class FileOut(Schema):
    id: UUID
    name: str
    note: str
    media_type: str
    size: int
    digest: Annotated[str, Field(description="内容的 SHA-256，也在存证日志里")]
    grade: str
    reading: Annotated[str, Field(description="waiting 待检查，read 已检查，partly 部分未读，unreadable 读不出文字")]
    found: list[str]
    made_at: datetime


class SavedOut(Schema):
    id: UUID
    told: list[str]


class OpenQuery(Schema):
    purpose: Annotated[str, Field(max_length=30, description="用途，例如 service、sales、orders、complaints")] = ""
    reason: Annotated[str, Field(max_length=400, description="理由；敏感的附件要写")] = ""


def _out(line: Line) -> dict[str, Any]:
    row = line.row
    return {
        "id": row.pk,
        "name": line.name,
        "note": line.note,
        "media_type": row.media_type,
        "size": row.size,
        "digest": row.digest,
        "grade": row.grade,
        "reading": row.reading,
        "found": row.found,
        "made_at": row.made_at,
    }


@router.get("/files/of/{owner_kind}/{owner_id}", response={200: list[FileOut], **ANSWERS}, operation_id="attachments")
def attachments(request: MemberRequest, owner_kind: str, owner_id: UUID) -> list[dict[str, Any]]:
    """一条记录的附件，新的在前；owner_kind：customer 客户，contact 联系人，order 订单，opportunity 商机。"""
    owner = owner_of(request.member, owner_kind, owner_id, on=timezone.localdate())
    with scope_with(owner.entity_id):
        return [_out(line) for line in attachments_of(request.member, owner)]


@router.post("/files/of/{owner_kind}/{owner_id}", response={201: SavedOut, **ANSWERS}, operation_id="add_attachment")
def add_attachment(
    request: MemberRequest, owner_kind: str, owner_id: UUID, details: Form[FileIn], file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """上传附件（multipart/form-data）。"""
    saved = services.add_attachment(
        owner_kind=owner_kind,
        owner_id=owner_id,
        upload=services.Upload(file.name or "", file, file.size or 0),
        details=services.FileDetails(details.note, details.grade),
        actor=request.member,
        at=timezone.now(),
        channel=Channel.API,
    )
    tasks.check_later(saved.attachment)
    return Status(201, {"id": saved.attachment.pk, "told": list(saved.told)})


@router.get("/files/{file_id}/content", response={200: bytes, **ANSWERS}, operation_id="open_attachment")
def open_attachment(request: MemberRequest, file_id: UUID, wanted: Query[OpenQuery]) -> HttpResponseBase:
    """附件的内容，为一个目的；敏感的要写理由，有记录。"""
    row, content = services.open_attachment(
        attachment_id=file_id,
        purpose=wanted.purpose,
        reason=wanted.reason,
        actor=request.member,
        at=timezone.now(),
    )
    return file_answer(row, content)
