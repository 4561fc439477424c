"""Customers over HTTP; the same services and selectors as the pages, for one purpose."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.api.paging import PageIn
from guiju.customers.selectors.duplicates import GROUNDS, likely_same
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.lists import NARROWED
from guiju.customers.selectors.reading import reading
from guiju.customers.services import consents as consent_services
from guiju.customers.services import customers as services
from guiju.customers.services import inviting, merging, restoring
from guiju.customers.services.intake import How
from guiju.kernel.errors import Problem, Refused
from guiju.organisations.registry import PURPOSES
from guiju.organisations.signin import MemberRequest
from guiju.privacy.guardians import RELATIONS, Guardian
from guiju.privacy.models import Consent
from guiju.privacy.selectors.consents import consents_of
from guiju.privacy.services.consents import GivenConsent
from guiju.privacy.terms import Channel

router = Router(tags=["客户"])

_PURPOSE = Field(
    max_length=20, description="用于什么目的：" + "、".join(f"{code} {words}" for code, words in PURPOSES.items())
)


class ConsentIn(Schema):
    """What a person consented to (同意): a purpose, sensitive fields one by one for it, or that a company gets theirs."""

    purpose: Annotated[str, _PURPOSE]
    fields: Annotated[list[str], Field(max_length=50, description="单独同意的字段，如 person.health")] = []
    channel: Channel = Channel.API
    proof: Annotated[str, Field(max_length=400, description="凭据")]
    given_at: datetime
    by_guardian: bool = False
    recipient_id: Annotated[UUID | None, Field(description="对提供的单独同意：接收的公司")] = None
    notice_version: Annotated[int | None, Field(ge=1, le=2**31, description="给本人看的隐私告知的版本")] = None
    guardian_name: Annotated[str, Field(max_length=400, description="由监护人作出的写明：监护人的姓名")] = ""
    guardian_relation: Annotated[str, Field(max_length=40, description="是孩子的谁：" + "、".join(RELATIONS))] = ""


class CustomerIn(Schema):
    """A customer: values by field code (字段台账), and consents that came with them."""

    kind: Annotated[str, Field(max_length=10, description="person 个人，company 单位")] = "person"
    values: Annotated[dict[str, str], Field(description="字段代码 → 值")]
    source: Annotated[str, Field(max_length=400, description="信息的来源")] = ""
    consents: Annotated[list[ConsentIn], Field(max_length=20)] = []
    is_stated_adult: bool = False
    tags: Annotated[list[str], Field(max_length=20, description="标签")] = []
    is_another: Annotated[bool, Field(description="与已有客户的手机、邮箱或证件号码相同，但不是同一位")] = False


class CustomerChangesIn(Schema):
    """Values that change; an empty one is taken away, one that is left out stays."""

    values: dict[str, str]
    source: Annotated[str, Field(max_length=400)] = ""
    consents: Annotated[list[ConsentIn], Field(max_length=20)] = []
    reason: Annotated[str, Field(max_length=400)] = ""
    tags: Annotated[list[str] | None, Field(max_length=20, description="标签：写了就换成这些，不写不动")] = None
    is_another: Annotated[bool, Field(description="与已有客户的手机、邮箱或证件号码相同，但不是同一位")] = False


class RefusedValueOut(Schema):
    """A value that was not taken in: why, by which article."""

    field: str | None
    code: str
    sentence: str
    law: str | None = None


class ValueOut(Schema):
    """A value as the member may see it: clear, masked or hidden; `why` says why it can't be used."""

    label: str
    text: str
    treatment: str
    why: str


class CustomerOut(Schema):
    id: UUID
    entity_id: UUID
    kind: str
    name: str
    owner: str
    made_at: datetime
    tags: list[str]
    values: dict[str, ValueOut]


class CustomersOut(Schema):
    count: int
    items: list[CustomerOut]


class SavedOut(Schema):
    id: UUID
    refused: list[RefusedValueOut]
    namesakes: Annotated[list[UUID], Field(description="同名的单位：也许是同一家")] = []


class ConsentOut(Schema):
    id: UUID
    kind: str
    purpose: str
    fields: list[str]
    recipient_id: UUID | None
    channel: str
    proof: str
    by_guardian: bool
    given_at: datetime
    ended_at: datetime | None
    ending: str


class WithdrawnOut(Schema):
    left: ConsentOut | None = None


class CustomerQuery(PageIn):
    purpose: Annotated[str, _PURPOSE]
    search: Annotated[str, Field(max_length=200, description="名称的一部分或拼音、手机号，或手机后四位")] = ""
    kind: Annotated[str, Field(max_length=10)] = ""
    level: Annotated[str, Field(max_length=20)] = ""
    source: Annotated[str, Field(max_length=20)] = ""
    owner: Annotated[str, Field(max_length=40, description="me 我负责的，none 没有负责人，或者成员的编号")] = ""
    tag: Annotated[str, Field(max_length=20, description="标签")] = ""
    region: Annotated[str, Field(max_length=40, description="省、市、县的名称或代码")] = ""
    quiet: Annotated[str, Field(max_length=4, description="多少天没有联系")] = ""
    made_from: Annotated[str, Field(max_length=10, description="登记日期，从（2026-01-31）")] = ""
    made_to: Annotated[str, Field(max_length=10, description="登记日期，到")] = ""
    consent: Annotated[str, Field(max_length=20, description="同意用于什么目的")] = ""
    agreed: Annotated[str, Field(max_length=7, description="哪个月同意营销（2026-11）")] = ""
    withdrew: Annotated[str, Field(max_length=7, description="哪个月撤回营销的同意")] = ""


class PurposeQuery(Schema):
    purpose: Annotated[str, _PURPOSE]


def known_purpose(purpose: str) -> str:
    if purpose not in PURPOSES:
        raise Refused("purpose_unknown", f"没有“{purpose[:20]}”这个目的", field="purpose")
    return purpose


def _out(row: Any, cells: Any) -> dict[str, Any]:
    values = {
        code: {"label": one.label, "text": one.text, "treatment": str(one.treatment), "why": one.why}
        for code, one in cells.items()
    }
    owner = row.owner.user.name if row.owner else ""
    return {
        "id": row.pk,
        "entity_id": row.entity_id,
        "kind": row.kind,
        "name": row.shown_name,
        "owner": owner,
        "made_at": row.made_at,
        "tags": list(row.shown_tags),
        "values": values,
    }


def _refused(problems: tuple[Problem, ...]) -> list[dict[str, Any]]:
    return [
        {
            "field": one.field,
            "code": one.code,
            "sentence": one.sentence,
            "law": str(one.citation) if one.citation else None,
        }
        for one in problems
    ]


def _consents(given: list[ConsentIn]) -> tuple[GivenConsent, ...]:
    return tuple(
        GivenConsent(
            one.purpose,
            one.channel,
            one.proof,
            _zoned(one.given_at),
            tuple(one.fields),
            _guardian(one),
            one.notice_version,
            one.recipient_id,
        )
        for one in given
    )


def _consent_out(one: Consent) -> dict[str, Any]:
    return {**vars(one), "proof": one.proven_by}


def _guardian(given: ConsentIn) -> Guardian | None:
    if not (given.by_guardian or given.guardian_name):
        return None
    return Guardian(given.guardian_name, given.guardian_relation)


def _zoned(moment: datetime) -> datetime:
    return moment if moment.tzinfo else timezone.make_aware(moment)


@router.get("/customers", response={200: CustomersOut, **ANSWERS}, operation_id="customers")
def customers(request: MemberRequest, wanted: Query[CustomerQuery]) -> dict[str, Any]:
    """客户：令牌所属成员看得到的，为一个目的，新的在前。"""
    asked = CustomerFilter(**{name: getattr(wanted, name) for name in ("search", *NARROWED)})
    with reading(request.member, purpose=known_purpose(wanted.purpose), on=timezone.localdate()) as seen:
        found = asked.of(seen.customers(), seen)
        rows = list(found[wanted.offset : wanted.offset + wanted.limit])
        cells = seen.cells(rows)
        return {"count": found.count(), "items": [_out(row, cells[row.pk]) for row in rows]}


@router.post("/customers", response={201: SavedOut, **ANSWERS}, operation_id="add_customer")
def add_customer(request: MemberRequest, details: CustomerIn) -> Status[dict[str, Any]]:
    """登记客户：可以收集的值存下，不能收集的列在 refused 里，各有原因和条文。"""
    saved = services.add_customer(
        kind=details.kind,
        values=details.values,
        how=How(Channel.API, details.source, _consents(details.consents), details.is_stated_adult),
        actor=request.member,
        at=timezone.now(),
        is_another=details.is_another,
        tags=details.tags,
    )
    return Status(
        201,
        {"id": saved.customer.pk, "refused": _refused(saved.refused), "namesakes": [one.id for one in saved.namesakes]},
    )


class InvitationIn(Schema):
    """Which fields a guardian is asked about before a child is registered; the name always is."""

    fields: Annotated[list[str], Field(max_length=50, description="字段代码，如 phone；姓名总要征求")] = []


class InvitedOut(Schema):
    """The link to hand on; it is shown once."""

    id: UUID
    address: str
    expires_at: datetime


@router.post("/customers/invitations", response={201: InvitedOut, **ANSWERS}, operation_id="invite_guardian")
def invite_guardian(request: MemberRequest, wanted: InvitationIn) -> Status[dict[str, Any]]:
    """登记前征求监护人的同意：生成一个链接，同意以后才登记。"""
    made = inviting.invite_guardian(codes=wanted.fields, actor=request.member, at=timezone.now())
    address = inviting.address_of(made.secret)
    return Status(201, {"id": made.invitation.pk, "address": address, "expires_at": made.invitation.expires_at})


@router.get("/customers/{customer_id}", response={200: CustomerOut, **ANSWERS}, operation_id="customer")
def customer(request: MemberRequest, customer_id: UUID, wanted: Query[PurposeQuery]) -> dict[str, Any]:
    """一位客户。"""
    with reading(request.member, purpose=known_purpose(wanted.purpose), on=timezone.localdate()) as seen:
        row = seen.customer(customer_id)
        return _out(row, seen.cells_of(row))


@router.patch("/customers/{customer_id}", response={200: SavedOut, **ANSWERS}, operation_id="change_customer")
def change_customer(request: MemberRequest, customer_id: UUID, changes: CustomerChangesIn) -> dict[str, Any]:
    """修改客户。"""
    saved = services.change_customer(
        customer_id=customer_id,
        values=changes.values,
        how=How(Channel.API, changes.source, _consents(changes.consents)),
        actor=request.member,
        at=timezone.now(),
        reason=changes.reason,
        is_another=changes.is_another,
        tags=changes.tags,
    )
    return {"id": saved.customer.pk, "refused": _refused(saved.refused)}


@router.get(
    "/customers/{customer_id}/consents", response={200: list[ConsentOut], **ANSWERS}, operation_id="customer_consents"
)
def customer_consents(request: MemberRequest, customer_id: UUID) -> list[Any]:
    """客户的同意，现行的在前。"""
    with reading(request.member, purpose="service", on=timezone.localdate()) as seen:
        row = seen.customer(customer_id)
        seen.require_consents(row)
        return [_consent_out(one) for one in consents_of(row.subject_id)] if row.subject_id else []


@router.post(
    "/customers/{customer_id}/consents",
    response={201: list[ConsentOut], **ANSWERS},
    operation_id="record_customer_consent",
)
def record_customer_consent(request: MemberRequest, customer_id: UUID, given: ConsentIn) -> Status[list[Any]]:
    """登记客户已经作出的同意。"""
    made = consent_services.record_customer_consent(
        customer_id=customer_id, consents=_consents([given]), actor=request.member, at=timezone.now()
    )
    return Status(201, [_consent_out(one) for one in made])


class WithdrawalIn(Schema):
    """Which of several fields are withdrawn; none for the whole consent."""

    fields: Annotated[list[str], Field(max_length=50)] = []


@router.post(
    "/customers/{customer_id}/consents/{consent_id}/withdraw",
    response={200: WithdrawnOut, **ANSWERS},
    operation_id="withdraw_customer_consent",
)
def withdraw_customer_consent(
    request: MemberRequest, customer_id: UUID, consent_id: UUID, withdrawal: WithdrawalIn
) -> dict[str, Any]:
    """撤回同意，或者其中几个字段的单独同意；立即生效。"""
    left = consent_services.withdraw_customer_consent(
        customer_id=customer_id,
        consent_id=consent_id,
        fields=withdrawal.fields,
        actor=request.member,
        at=timezone.now(),
    )
    return {"left": _consent_out(left) if left else None}


class LikelySameOut(Schema):
    """Customers that are likely the same, the oldest first; `count` may be more than are named."""

    count: int
    customers: list[CustomerOut]


class LikelySameQuery(Schema):
    ground: Annotated[
        str,
        Field(
            max_length=20, description="按什么比对：" + "、".join(f"{one.code} {one.label}" for one in GROUNDS.values())
        ),
    ] = "phone"
    page: Annotated[int, Field(ge=1, le=400)] = 1


@router.get("/customer-duplicates", response={200: list[LikelySameOut], **ANSWERS}, operation_id="customer_duplicates")
def customer_duplicates(request: MemberRequest, wanted: Query[LikelySameQuery]) -> list[dict[str, Any]]:
    """可能重复的客户：本公司、令牌所属成员能合并的，成组列出。"""
    if wanted.ground not in GROUNDS:
        raise Refused("ground_unknown", f"可以按这些比对：{'、'.join(GROUNDS)}", field="ground")
    with reading(request.member, purpose="sales", on=timezone.localdate(), right="customer.merge") as seen:
        groups, _ = likely_same(seen, wanted.ground, page=wanted.page)
        cells = seen.cells([row for one in groups for row in one.customers])
        return [
            {"count": one.count, "customers": [_out(row, cells[row.pk]) for row in one.customers]} for one in groups
        ]


class MergeIn(Schema):
    """Who goes into the customer of the address, and the fields whose values come from there."""

    gone_id: UUID
    taken: Annotated[
        list[str], Field(max_length=100, description="取自并入客户的字段代码；负责人是 owner，其余留下的不变")
    ] = []


class MergeOut(Schema):
    id: UUID
    kept_id: UUID
    gone_id: UUID
    taken: list[str]
    at: datetime
    undone_at: datetime | None
    left: list[str]


@router.post("/customers/{customer_id}/merge", response={201: MergeOut, **ANSWERS}, operation_id="merge_customers")
def merge_customers(request: MemberRequest, customer_id: UUID, wanted: MergeIn) -> Status[Any]:
    """合并客户：地址里的留下，另一位并入；两位的历史都保留，可以撤销。"""
    made = merging.merge_customers(
        kept_id=customer_id, gone_id=wanted.gone_id, taken=wanted.taken, actor=request.member, at=timezone.now()
    )
    return Status(201, made)


@router.post("/customer-merges/{merge_id}/undo", response={200: MergeOut, **ANSWERS}, operation_id="undo_merge")
def undo_merge(request: MemberRequest, merge_id: UUID) -> Any:
    """撤销合并：各回原处；合并以后改过的留着，列在 left 里。"""
    return merging.undo_merge(merge_id=merge_id, actor=request.member, at=timezone.now()).merge


class RestoreIn(Schema):
    """A version of the history: to be as in it, or with `undo` as before what it changed."""

    version: Annotated[int, Field(ge=1, le=2_000_000_000)]
    undo: bool = False


@router.post("/customers/{customer_id}/restore", response={200: SavedOut, **ANSWERS}, operation_id="restore_customer")
def restore_customer(request: MemberRequest, customer_id: UUID, wanted: RestoreIn) -> dict[str, Any]:
    """恢复客户的旧内容：重新经过收集的关口，不能恢复的列在 refused 里。"""
    saved = restoring.restore_customer(
        customer_id=customer_id, number=wanted.version, undo=wanted.undo, actor=request.member, at=timezone.now()
    )
    return {"id": saved.customer.pk, "refused": _refused(saved.refused)}
