"""The catalogue, privacy notices, and searches for data held against the law over HTTP."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.api.paging import PageIn
from guiju.organisations.signin import MemberRequest
from guiju.privacy.selectors import catalogue as selectors
from guiju.privacy.selectors.cleanup import cleanup_for, lines_of
from guiju.privacy.selectors.minors import looks_at_minor
from guiju.privacy.selectors.notices import notices_for
from guiju.privacy.selectors.provisions import provisions_for
from guiju.privacy.selectors.refusals import RefusalFilter, refusals_for
from guiju.privacy.services import cleanup as cleanup_services
from guiju.privacy.services import refusals as refusal_services
from guiju.privacy.services.addresses import address_in
from guiju.privacy.services.refusals import MEANS, Said
from guiju.privacy.shown import cleanup_answer, field_answer

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


class CleanupIn(Schema):
    on: Annotated[date | None, Field(description="截至哪一天结束时，不填为今天")] = None


class WhyOut(Schema):
    """One reason: how many values, by which article, what to do."""

    rule: str
    count: int
    words: str
    law: str
    mend: str


class FoundOut(Schema):
    field: str
    label: str
    found: int
    frozen: int
    why: list[WhyOut]


class CleanupOut(Schema):
    """A search for data held against the law (违规数据清理): numbers, no values and no people."""

    id: UUID
    entity_id: UUID
    on: date
    state: str
    basis: dict[str, int | str]
    records: dict[str, int]
    holders: int
    left_out: dict[str, int]
    made_at: datetime
    frozen_values: int
    disposal_id: UUID | None
    found: list[FoundOut]


@router.post("/cleanups", response={201: CleanupOut, **ANSWERS}, operation_id="start_cleanup")
def start_cleanup(request: MemberRequest, wanted: CleanupIn) -> Status[dict[str, Any]]:
    """查找违规数据：令牌所属的公司；记录多的在后台查完。"""
    made = cleanup_services.start_cleanup(
        entity_id=request.member.entity_id,
        on=wanted.on or timezone.localdate(),
        actor=request.member,
        at=timezone.now(),
    )
    return Status(201, cleanup_answer(made, lines_of(made)))


@router.get("/cleanups/{cleanup_id}", response={200: CleanupOut, **ANSWERS}, operation_id="cleanup")
def cleanup(request: MemberRequest, cleanup_id: UUID) -> dict[str, Any]:
    """一次违规数据清理，找到了什么。"""
    found = cleanup_for(request.member, cleanup_id)
    return cleanup_answer(found, lines_of(found))


class LookOut(Schema):
    """Somebody saw a minor in the clear (访问记录, 未成年人网络保护条例 第三十六条): who, when, for what."""

    at: datetime
    entity_id: UUID
    member_id: UUID
    who: str
    purpose: str
    count: int


class LooksQuery(PageIn):
    record_id: Annotated[UUID, Field(description="客户、联系人的编号")]


@router.get("/minor-looks", response={200: list[LookOut], **ANSWERS}, operation_id="minor_looks")
def minor_looks(request: MemberRequest, wanted: Query[LooksQuery]) -> list[dict[str, Any]]:
    """谁看过一位未成年人的明文，新的在前。"""
    with looks_at_minor(request.member, wanted.record_id) as found:
        return [
            {
                "at": one.at,
                "entity_id": one.entity_id,
                "member_id": one.member_id,
                "who": one.member.user.name,
                "purpose": one.purpose,
                "count": one.count,
            }
            for one in found.rows[wanted.offset : wanted.offset + wanted.limit]
        ]


class ProvisionOut(Schema):
    """What another company of the group saw of people (提供、委托处理的记录): by id, no values."""

    id: UUID
    entity_id: UUID
    receiver_id: UUID
    by_id: UUID
    is_provided: bool
    purpose: str
    records: list[UUID]
    fields: list[str]
    at: datetime


@router.get("/provisions", response={200: list[ProvisionOut], **ANSWERS}, operation_id="provision_list")
def provision_list(request: MemberRequest, wanted: Query[PageIn]) -> list[Any]:
    """其他公司凭数据关系看到本公司客户的哪些信息，新的在前。"""
    return list(provisions_for(request.member)[wanted.offset : wanted.offset + wanted.limit])


_ADDRESS = Field(max_length=254, description="手机或者电子邮箱")


class RefusalIn(Schema):
    """Somebody wants nothing commercial (登记拒收): at once, in the whole group."""

    addresses: Annotated[list[Annotated[str, _ADDRESS]], Field(min_length=1, max_length=10)]
    means: Annotated[
        str, Field(max_length=20, description="怎样提出：" + "、".join(f"{a} {b}" for a, b in MEANS.items()))
    ]
    said_on: Annotated[date | None, Field(description="哪天提出的，不填为今天")] = None
    proof: Annotated[str, Field(max_length=400, description="凭据：录音、信件的编号")]


class RefusalOut(Schema):
    """One row of the list (拒收名单): no address, by which nobody is found."""

    id: UUID
    entity_id: UUID
    sort: str
    way: str
    means: str
    proof: str
    at: datetime
    entered_at: datetime | None


class RefusalsOut(Schema):
    """`since`: the address that was asked for is on the list of the group since then, whoever of it put it there."""

    is_refused: bool | None
    count: int
    items: list[RefusalOut]


class RefusalsQuery(PageIn):
    address: Annotated[str, _ADDRESS] = ""
    month: Annotated[str, Field(max_length=20, description="哪个月登记的，例如 2026-11")] = ""
    how: Annotated[str, Field(max_length=20, description="怎样提出的：way 或者 means")] = ""


@router.get("/refusals", response={200: RefusalsOut, **ANSWERS}, operation_id="refusal_list")
def refusal_list(request: MemberRequest, wanted: Query[RefusalsQuery]) -> dict[str, Any]:
    """拒收名单：本公司登记的，新的在前；写明手机或者邮箱的，还答复它在不在全集团的名单上（每次查找都记录，有次数限制）。"""
    address = address_in(wanted.address) if wanted.address.strip() else ""
    rows = RefusalFilter.of_query(wanted.dict()).of(refusals_for(request.member, address=address))
    look_up, member = refusal_services.look_up_refusal, request.member
    is_refused = look_up(address=address, actor=member, at=timezone.now()) if address else None
    return {
        "is_refused": is_refused,
        "count": rows.count(),
        "items": list(rows[wanted.offset : wanted.offset + wanted.limit]),
    }


@router.post("/refusals", response={201: list[RefusalOut], **ANSWERS}, operation_id="add_refusal")
def add_refusal(request: MemberRequest, wanted: RefusalIn) -> Status[list[Any]]:
    """登记拒收：立即对全集团生效。"""
    said = Said(wanted.means, wanted.said_on or timezone.localdate(), wanted.proof)
    made = refusal_services.add_refusal(addresses=wanted.addresses, said=said, actor=request.member, at=timezone.now())
    return Status(201, made)
