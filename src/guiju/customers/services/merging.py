"""Two customers of a company are one (合并), and are two again (撤销合并).

The one that goes is not deleted: it points to the one that stays, with its values and its history, and to the same
person, so that a disposal, a freeze or a hold of the person reaches both.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from guiju.customers.models import Customer, Merge
from guiju.customers.owning import OwnerChange
from guiju.customers.registry import MOVED
from guiju.customers.services.customers import locked_customer
from guiju.customers.services.hands import note_hands
from guiju.customers.services.keeping import refusals_of_values
from guiju.customers.services.notes import touch
from guiju.customers.services.parting import MAIN, leave_one_main, pool_if_left, put_back, put_rows_back
from guiju.customers.services.tags import MOST_TAGS
from guiju.customers.values import born, origin_of, put_values, values_of
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.selectors import version_of
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.privacy.ages import minor_until
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.noes import No
from guiju.privacy.selectors.refusals import refused_among
from guiju.privacy.services.joining import ask_what_must_go, join_subjects, part_subjects, refuse_waiting

OWNER = "owner"
"""Among the fields to choose from: who looks after the customer."""


@transaction.atomic
def merge_customers(*, kept_id: UUID, gone_id: UUID, taken: Collection[str], actor: Member, at: datetime) -> Merge:
    """Make one customer of two (合并客户): `kept_id` stays, with the values of `taken` fields from the other.

    Contacts, notes, tags, orders, opportunities, to-dos, consents and holds go along. Raises `Refused` for two that
    can't be one, and for a value that may not be where it would go.
    """
    kept, gone = _locked_pair(kept_id, gone_id, actor, at)
    with scope_with(kept.entity_id):
        refuse_waiting([kept.pk, gone.pk])
        act = Act("customers.merge_customers", actor, at, (), "合并客户")
        made = Merge(
            id=new_id(),
            entity_id=kept.entity_id,
            kept=kept,
            gone=gone,
            by=actor,
            taken=sorted(set(taken)),
            kept_version=version_of(kept),
            at=at,
        )
        values, others, held_by = values_of(kept), values_of(gone), kept.owner_id
        with one_entry(act, about=made):
            if kept.subject_id and gone.subject_id and kept.subject_id != gone.subject_id:
                made.people = join_subjects(kept.subject_id, gone.subject_id, _refusals(values, others, kept), act)
                made.people["along"] = _follow(gone, kept, act)
            gone.subject_id, gone.merged_into, gone.hidden_at, gone.changed_at = kept.subject_id, kept, at, at
            gone.save(update_fields=["subject", "merged_into", "hidden_at", "changed_at"])
            record(act, entity_id=gone.entity_id, subject=gone)
            kept.refresh_from_db(fields=["subject"])
            _take_over(kept, gone, made.taken, values, others, act)
            kept.save()
            note_hands([(kept, held_by)], OwnerChange.Way.MERGED, act)
            record(act, entity_id=kept.entity_id, subject=kept)
            made.moved = {code: one.move(gone, kept, act) for code, one in MOVED.items()}
            made.moved[MAIN] = leave_one_main(kept, made.moved, act)
            made.save(force_insert=True)
            record(act, entity_id=made.entity_id, subject=made)
            if made.people:
                ask_what_must_go(made.people, act)
        touch(kept)
    return made


@transaction.atomic
def merge_many(*, kept_id: UUID, gone_ids: Collection[UUID], actor: Member, at: datetime) -> list[Merge]:
    """Let several customers go into one (合并多位客户): it keeps its values, and takes from each what it lacks.

    All of them or none; each merge is one of its own and is undone by itself, the last one first.
    """
    wanted = sorted(set(gone_ids) - {kept_id})
    if not 1 <= len(wanted) < MOST_AT_ONCE:
        raise Refused("choose_several", f"请选中两位以上、{MOST_AT_ONCE}位以下的客户，并选定留下哪一位")
    # All of them in one order, before any is changed: as with two.
    for pk in sorted([kept_id, *wanted]):
        locked_customer(pk, actor, "customer.merge", at)
    made = []
    for place, gone_id in enumerate(wanted):
        kept, gone = _locked_pair(kept_id, gone_id, actor, at)
        has = values_of(kept)
        lacking = [code for code in values_of(gone) if code not in has]
        # One after the other, so that it is known which to undo first.
        then = at + timedelta(microseconds=place)
        made.append(merge_customers(kept_id=kept_id, gone_id=gone_id, taken=lacking, actor=actor, at=then))
    return made


MOST_AT_ONCE = 20


def _follow(gone: Customer, kept: Customer, act: Act) -> list[str]:
    """Whoever was merged into the one that goes is the same person too; returns their ids."""
    assert kept.subject_id is not None and gone.subject_id is not None
    merged = Customer.objects.filter(subject_id=gone.subject_id).exclude(pk=gone.pk)
    return _give_subject(merged, kept.subject_id, act)


def _give_subject(rows: QuerySet[Customer], subject_id: UUID, act: Act) -> list[str]:
    given = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for row in given:
        row.subject_id = subject_id
        row.save(update_fields=["subject"])
        record(act, entity_id=row.entity_id, subject=row)
    return [str(row.pk) for row in given]


@dataclass(frozen=True)
class Undone:
    """A merge that was taken back, and in words what stayed as it became since."""

    merge: Merge
    left: Sequence[str]


@transaction.atomic
def undo_merge(*, merge_id: UUID, actor: Member, at: datetime) -> Undone:
    """Make two customers of one again (撤销合并): everything goes back, except what was changed since.

    Raises `Refused` where something makes it impossible, with what.
    """
    found = Merge.objects.select_for_update(of=("self",)).filter(pk=merge_id).first()
    if found is None:
        raise Missing("merge_missing", "没有这次合并，或您的角色看不到它")
    if found.undone_at:
        raise Refused("undone_already", "这次合并已经撤销过")
    kept = locked_customer(found.kept_id, actor, "customer.merge", at)
    with scope_with(found.entity_id):
        gone = Customer.objects.select_for_update(of=("self",)).get(pk=found.gone_id)
        _refuse_to_part(found, kept, gone)
        act = Act("customers.undo_merge", actor, at, (), "撤销合并")
        hands = [(kept, kept.owner_id), (gone, gone.owner_id)]
        with one_entry(act, about=found):
            left = part_subjects(found.people, found.at, act) if found.people else []
            gone.merged_into, gone.hidden_at, gone.changed_at = None, None, at
            if found.people:
                gone.subject_id = UUID(found.people["gone"])
                _give_subject(Customer.objects.filter(pk__in=found.people.get("along", ())), gone.subject_id, act)
            left += pool_if_left(gone, at)
            gone.save(update_fields=["subject", "merged_into", "hidden_at", "changed_at", "owner", "pooled_at"])
            kept.refresh_from_db(fields=["subject"])
            left += put_back(found, kept, act)
            left += put_rows_back(found, kept, gone, act)
            kept.changed_at = at
            kept.save()
            note_hands(hands, OwnerChange.Way.TAKEN_BACK, act)
            for one in (kept, gone):
                record(act, entity_id=one.entity_id, subject=one)
            found.undone_at, found.undone_by, found.left = at, actor, left
            found.save(update_fields=["undone_at", "undone_by", "left"])
            record(act, entity_id=found.entity_id, subject=found)
            if found.people:
                ask_what_must_go(found.people, act)
        for one in (kept, gone):
            touch(one)
    return Undone(found, left)


def _locked_pair(kept_id: UUID, gone_id: UUID, actor: Member, at: datetime) -> tuple[Customer, Customer]:
    """Both, locked in one order, so that two who merge the same pair don't wait for each other for ever."""
    if kept_id == gone_id:
        raise Refused("merge_itself", "要选两位不同的客户")
    found = {pk: locked_customer(pk, actor, "customer.merge", at) for pk in sorted((kept_id, gone_id))}
    kept, gone = found[kept_id], found[gone_id]
    if kept.entity_id != gone.entity_id:
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    if kept.erased_at or gone.erased_at:
        raise Refused("customer_erased", "其中一位的信息已经依法删除，不能合并")
    if kept.kind != gone.kind:
        raise Refused("merge_kinds", "个人和单位不能合并：把这个人登记为单位的联系人")
    return kept, gone


def _refusals(values: Mapping[str, str], others: Mapping[str, str], kept: Customer) -> list[No]:
    """What an address of either has refused, the person refused (拒收名单)."""
    addresses = [one.get(code, "") for one in (values, others) for code in ("phone", "email")]
    found = refused_among(addresses, kept.entity_id)
    return [No("marketing", max(found.values()), is_to_all=True)] if found else []


def _take_over(
    kept: Customer,
    gone: Customer,
    taken: Sequence[str],
    values: Mapping[str, str],
    others: Mapping[str, str],
    act: Act,
) -> None:
    """The chosen values, each with the collection by which it came in; tags of both; somebody to look after it."""
    codes = [code for code in taken if code != OWNER]
    if unknown := [code for code in codes if code not in others]:
        raise Refused("value_missing", f"并入的客户没有“{unknown[0][:40]}”这一项：请刷新页面再选", field="taken")
    fields = fields_of(kept.entity_id, kept.record)
    now = {**values, **{code: others[code] for code in codes}}
    _refuse_older([born(values), born(others)], born(now), act)
    if problems := refusals_of_values(kept, now, {code: origin_of(gone, code) for code in codes}, act):
        raise Refused.because(problems)
    for code in codes:
        kept.origins = {**kept.origins, code: str(origin_of(gone, code))}
    put_values(kept, fields, now)
    kept.tags = list(dict.fromkeys([*kept.tags, *gone.tags]))[:MOST_TAGS]
    if OWNER in taken or kept.owner_id is None:
        kept.owner_id, kept.pooled_at = gone.owner_id, gone.pooled_at if gone.owner_id is None else None
    # The relation goes on while it goes on with one of the two.
    both_ended = kept.ended_on and gone.ended_on
    kept.ended_on = max(kept.ended_on, gone.ended_on) if kept.ended_on and gone.ended_on and both_ended else None
    kept.changed_at = act.at


def _refuse_older(births: Sequence[date | None], now: date | None, act: Act) -> None:
    """Nobody who is under age becomes an adult by being merged: what protects them would fall away."""
    day = day_of(act.at)
    young = [one for one in births if one is not None and minor_until(one, on=day)]
    if young and now not in young:
        raise Refused(
            "merge_older", "其中一位未满十八周岁：出生日期请选未满十八周岁的那一个，选错的以后再更正", field="taken"
        )


def _refuse_to_part(found: Merge, kept: Customer, gone: Customer) -> None:
    if kept.erased_at or gone.erased_at:
        raise Refused("erased_meanwhile", "合并以后这位客户的信息已经依法删除，不能撤销合并")
    since = Merge.objects.filter(kept=kept, undone_at=None, at__gt=found.at)
    if since.exists():
        raise Refused("merged_since", "这位客户后来还与别的客户合并过：先撤销后来的那一次")
    refuse_waiting([kept.pk, gone.pk])
