"""People are deleted, held and frozen over HTTP: by the customer or contact whose record it is."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.utils import timezone
from ninja import Field, Router, Schema, Status

from guiju.api.errors import ANSWERS
from guiju.archives.api import DisposalOut, HoldOut
from guiju.archives.models import Disposal, Hold
from guiju.archives.registry import Target
from guiju.archives.services import disposals, holds
from guiju.customers.selectors.people import person_behind
from guiju.customers.selectors.reading import reading
from guiju.organisations.signin import MemberRequest
from guiju.privacy.models import Subject
from guiju.privacy.services import freezing

router = Router(tags=["客户"])

_FIELDS = Field(max_length=200, description="字段，如 person.phone；不写为这个人的全部")
_WHY = Field(max_length=400, description="理由和凭据，不写客户的信息")


class DisposalIn(Schema):
    """What of a person is to go, on which ground of the law (个人信息保护法 第四十七条), and why."""

    basis: Annotated[str, Field(max_length=20, description="、".join(Disposal.Basis.values))]
    reason: Annotated[str, _WHY]
    fields: Annotated[list[str], _FIELDS] = []


class HoldIn(Schema):
    sort: Annotated[str, Field(max_length=20, description="、".join(Hold.Sort.values))]
    reason: Annotated[str, _WHY]


class FreezeIn(Schema):
    reason: Annotated[str, _WHY]
    fields: Annotated[list[str], _FIELDS] = []


class FrozenOut(Schema):
    """What of a person is stored and nothing else."""

    frozen_at: datetime | None
    frozen_fields: list[str]


def _whose(request: MemberRequest, customer_id: UUID) -> Subject:
    with reading(request.member, purpose="compliance", on=timezone.localdate()) as seen:
        return person_behind(seen, customer_id)


@router.post(
    "/customers/{customer_id}/disposals", response={201: DisposalOut, **ANSWERS}, operation_id="propose_disposal"
)
def propose_disposal(request: MemberRequest, customer_id: UUID, wanted: DisposalIn) -> Status[Any]:
    """提出销毁一位客户或联系人的信息：另一个人批准后才删除。"""
    subject = _whose(request, customer_id)
    made = disposals.propose_disposal(
        entity_id=subject.entity_id,
        targets=[Target(subject.pk, tuple(wanted.fields))],
        basis=wanted.basis,
        reason=wanted.reason,
        actor=request.member,
        at=timezone.now(),
    )
    return Status(201, made)


@router.post("/customers/{customer_id}/holds", response={201: HoldOut, **ANSWERS}, operation_id="place_hold")
def place_hold(request: MemberRequest, customer_id: UUID, wanted: HoldIn) -> Status[Any]:
    """登记保全：解除以前，这位客户或联系人的信息不能销毁。"""
    subject = _whose(request, customer_id)
    made = holds.place_hold(
        entity_id=subject.entity_id,
        subject_id=subject.pk,
        sort=wanted.sort,
        reason=wanted.reason,
        actor=request.member,
        at=timezone.now(),
    )
    return Status(201, made)


@router.post("/customers/{customer_id}/freeze", response={200: FrozenOut, **ANSWERS}, operation_id="freeze_subject")
def freeze_subject(request: MemberRequest, customer_id: UUID, wanted: FreezeIn) -> dict[str, Any]:
    """冻结一位客户或联系人，或几个字段：仅存储。"""
    return _frozen(request, customer_id, wanted, freezing.freeze_subject)


@router.post("/customers/{customer_id}/unfreeze", response={200: FrozenOut, **ANSWERS}, operation_id="unfreeze_subject")
def unfreeze_subject(request: MemberRequest, customer_id: UUID, wanted: FreezeIn) -> dict[str, Any]:
    """解冻。"""
    return _frozen(request, customer_id, wanted, freezing.unfreeze_subject)


def _frozen(request: MemberRequest, customer_id: UUID, wanted: FreezeIn, act: Callable[..., Subject]) -> dict[str, Any]:
    found = act(
        subject_id=_whose(request, customer_id).pk,
        fields=wanted.fields,
        reason=wanted.reason,
        actor=request.member,
        at=timezone.now(),
    )
    return {"frozen_at": found.frozen_at, "frozen_fields": sorted(found.frozen_fields)}
