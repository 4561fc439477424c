"""One act on many customers, and taking it back (批量操作与撤销)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.customers.models import BulkAct, Customer
from guiju.customers.owning import OwnerChange
from guiju.customers.records import TAG
from guiju.customers.services.hands import note_hands
from guiju.customers.services.pool import refuse_claims
from guiju.customers.services.tags import MOST_TAGS, checked_tag, plain_tag
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import refusal_of, require, sight_of
from guiju.privacy.models import Subject
from guiju.privacy.services.freezing import refuse_frozen

MOST = 1000
"""Customers of one act; who wants more narrows the list and does it again."""

UNDONE_WITHIN = timedelta(hours=24)
_WAYS = {
    BulkAct.Sort.ASSIGN: OwnerChange.Way.ASSIGNED,
    BulkAct.Sort.RELEASE: OwnerChange.Way.RELEASED,
    BulkAct.Sort.CLAIM: OwnerChange.Way.CLAIMED,
}
_RIGHTS: dict[str, str] = {
    BulkAct.Sort.ASSIGN: "customer.assign",
    BulkAct.Sort.RELEASE: "customer.assign",
    BulkAct.Sort.CLAIM: "customer.claim",
    BulkAct.Sort.TAG: "customer.tag",
    BulkAct.Sort.UNTAG: "customer.tag",
    BulkAct.Sort.RETAG: "customer.tag",
}
_WHOLE = (BulkAct.Sort.CLAIM, BulkAct.Sort.RETAG)
"""Acts that need the right for the whole company."""


@transaction.atomic
def assign_many(*, customers: Sequence[UUID], to: Member, actor: Member, at: datetime) -> BulkAct:
    """Give many customers into other hands (批量分配)."""
    rows = _locked(customers, "customer.assign", actor, at)
    if to.entity_id != actor.entity_id or to.left_at:
        raise Refused("owner_company", "负责人要是同一家公司的在职成员", field="owner")

    def change(customer: Customer) -> None:
        customer.owner, customer.pooled_at = to, None

    return change_many(rows, BulkAct.Sort.ASSIGN, to.user.name, ("owner_id", "pooled_at"), change, actor, at)


@transaction.atomic
def tag_many(*, customers: Sequence[UUID], tag: str, actor: Member, at: datetime, take_off: bool = False) -> BulkAct:
    """Put a tag on many customers, or take it off (批量加标签)."""
    tag = plain_tag(tag) if take_off else checked_tag(tag, entity_id=actor.entity_id)
    rows = _locked(customers, "customer.tag", actor, at)
    if not take_off and any(tag not in row.tags and len(row.tags) >= MOST_TAGS for row in rows):
        raise Refused("tags_many", f"一位客户最多{MOST_TAGS}个标签", field="tag")

    def change(customer: Customer) -> None:
        others = [one for one in customer.tags if one != tag]
        customer.tags = others if take_off else [*others, tag]

    sort = BulkAct.Sort.UNTAG if take_off else BulkAct.Sort.TAG
    changed = [row for row in rows if (tag in row.tags) == take_off]
    if not changed:
        raise Refused("nothing_changed", "没有改动：选中的客户都是这样了")
    return change_many(changed, sort, tag, ("tags",), change, actor, at)


@transaction.atomic
def release_many(*, customers: Sequence[UUID], actor: Member, at: datetime) -> BulkAct:
    """Put many customers into the pool (批量放入公海)."""
    rows = _locked(customers, "customer.assign", actor, at)

    def change(customer: Customer) -> None:
        customer.owner, customer.pooled_at = None, at

    return change_many(rows, BulkAct.Sort.RELEASE, "", ("owner_id", "pooled_at"), change, actor, at)


@transaction.atomic
def claim_many(*, customers: Sequence[UUID], actor: Member, at: datetime) -> BulkAct:
    """Take many customers out of the pool (批量领取), within what the company allows a day and in all."""
    require(actor, "customer.claim", on=actor.entity_id)
    Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    rows = _locked(customers, "customer.claim", actor, at)
    if taken := [row for row in rows if row.owner_id is not None or row.ended_on is not None]:
        raise Refused("claimed_already", f"选中的客户里有{len(taken)}位刚刚被别人领取了：请刷新后再选")
    refuse_claims(rows, actor, at)

    def change(customer: Customer) -> None:
        customer.owner, customer.pooled_at, customer.claimed_at = actor, None, at

    return change_many(rows, BulkAct.Sort.CLAIM, "", ("owner_id", "pooled_at", "claimed_at"), change, actor, at)


@dataclass(frozen=True)
class TakenBack:
    """An act that was taken back: of how many, and how many stayed as they are."""

    act: BulkAct
    count: int
    left: int


@transaction.atomic
def undo_bulk(*, act_id: UUID, actor: Member, at: datetime) -> TakenBack:
    """Take back what was done to many at once (撤销批量操作), where nobody has changed it since.

    It needs the right of the act still. Whoever may only be stored stays as they are.
    """
    found = BulkAct.objects.select_for_update(of=("self",)).filter(pk=act_id, member=actor).first()
    if found is None:
        raise Missing("act_missing", "没有这次批量操作")
    if found.undone_at or found.at + UNDONE_WITHIN < at:
        raise Refused("undo_late", "已经撤销过，或超过了24小时，不能撤销")
    rows = list(Customer.objects.select_for_update(of=("self",)).filter(pk__in=list(found.changes)).order_by("pk"))
    theirs = _in_hand(found, actor, at)
    frozen = _frozen(rows, TAG if _RIGHTS[found.sort] == "customer.tag" else "")
    kept = [row for row in rows if row.changed_at == found.at and row.pk in theirs and row.subject_id not in frozen]
    if not kept:
        raise Refused("changed_meanwhile", "这些客户后来都被改过，或者仅存储、您不能办理，没有可以撤销的")
    act = Act("customers.undo_bulk", actor, at)
    hands = [(row, row.owner_id) for row in kept]
    with one_entry(act, about=found):
        for row in kept:
            for name, value in found.changes[str(row.pk)].items():
                setattr(row, name, _read(name, value))
            row.changed_at = at
            row.save(update_fields=[*_names(found.changes[str(row.pk)]), "changed_at"])
            record(act, entity_id=row.entity_id, subject=row)
        note_hands(hands, OwnerChange.Way.TAKEN_BACK, act)
        found.undone_at = at
        found.save(update_fields=["undone_at"])
        record(act, entity_id=found.entity_id, subject=found)
    return TakenBack(found, len(kept), found.count - len(kept))


def _in_hand(done: BulkAct, actor: Member, at: datetime) -> set[UUID]:
    """Those of an act whom its right covers still, as they are or as they were before; raises `NotAllowed` without it."""
    right = _RIGHTS[done.sort]
    if done.sort in _WHOLE:
        require(actor, right, on=done.entity_id)
    sight = sight_of(actor, right, on=day_of(at))
    if sight.reach is None:
        raise refusal_of(right)
    now = sight.of(Customer.objects.filter(pk__in=list(done.changes)), owner="owner").values_list("pk", flat=True)
    owners = {pk: before.get("owner_id") for pk, before in done.changes.items()}
    had = Member.objects.filter(pk__in={one for one in owners.values() if one})
    mine = {str(pk) for pk in sight.of(had, owner="").values_list("pk", flat=True)}
    return {*now, *(UUID(pk) for pk, owner in owners.items() if owner in mine)}


def _frozen(rows: Sequence[Customer], record: str) -> set[UUID | None]:
    """The people among these of whom everything may only be stored, or what is of one kind of record."""
    people = Subject.objects.filter(pk__in=[row.subject_id for row in rows if row.subject_id])
    return {one.pk for one in people if one.frozen_at or one.erased_at or (record and one.has_frozen(record))}


def _locked(customers: Sequence[UUID], right: str, actor: Member, at: datetime) -> list[Customer]:
    """The customers, in one order, so that two acts don't wait for each other; all of them or none."""
    wanted = set(customers)
    if not wanted:
        raise Refused("none_chosen", "请先选中客户")
    if len(wanted) > MOST:
        raise Refused("many_chosen", f"一次最多{MOST}位，选中了{len(wanted)}位：请分几次办")
    sight = sight_of(actor, right, on=day_of(at))
    if sight.reach is None:
        raise Missing("customer_missing", "选中的客户里有您不能办理的")
    rows = Customer.objects.select_for_update(of=("self",)).filter(
        pk__in=wanted, entity_id=actor.entity_id, hidden_at=None
    )
    found = list(sight.of(rows, owner="owner").order_by("pk"))
    if len(found) != len(wanted):
        raise Missing("customer_missing", "选中的客户里有您不能办理的，或已经不在")
    if right == "customer.tag":
        for row in Subject.objects.filter(pk__in=[one.subject_id for one in found if one.subject_id]):
            refuse_frozen(row, TAG)
    return found


def change_many(
    rows: Sequence[Customer],
    sort: BulkAct.Sort,
    detail: str,
    columns: tuple[str, ...],
    change: Callable[[Customer], None],
    actor: Member,
    at: datetime,
) -> BulkAct:
    """Change these customers, who are locked, and keep what they were; for services that asked permission."""
    made = BulkAct(
        id=new_id(), entity_id=actor.entity_id, member=actor, sort=sort, detail=detail, count=len(rows), at=at
    )
    made.changes = {str(row.pk): {name: _kept(getattr(row, name)) for name in columns} for row in rows}
    act = Act(f"customers.{sort}_many", actor, at)
    before = [(row, row.owner_id) for row in rows]
    with scope_with(actor.entity_id), one_entry(act, about=made):
        for row in rows:
            change(row)
            row.changed_at = at
            row.save(update_fields=[*_names(columns), "changed_at"])
            record(act, entity_id=row.entity_id, subject=row)
        note_hands(before, _WAYS.get(sort, OwnerChange.Way.ASSIGNED), act)
        made.save(force_insert=True)
        record(act, entity_id=made.entity_id, subject=made)
    return made


def _names(columns: Sequence[str]) -> list[str]:
    return [name.removesuffix("_id") for name in columns]


def _kept(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


def _read(name: str, value: object) -> object:
    if name in ("pooled_at", "claimed_at") and isinstance(value, str):
        return datetime.fromisoformat(value)
    return UUID(value) if name == "owner_id" and isinstance(value, str) else value
