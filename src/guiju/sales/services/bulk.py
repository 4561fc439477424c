"""Many opportunities go into other hands at once, and back (批量分配与撤销)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import refusal_of, sight_of
from guiju.sales.models import DealBulk, Opportunity
from guiju.sales.services.opportunities import refuse_unusable, require_owner

MOST = 1000
"""Opportunities of one act; who wants more narrows the list and does it again."""

UNDONE_WITHIN = timedelta(hours=24)


@transaction.atomic
def assign_opportunities(*, opportunities: Sequence[UUID], to: Member, actor: Member, at: datetime) -> DealBulk:
    """Give many opportunities into other hands (批量分配商机): all of them or none."""
    rows = [one for one in _locked(opportunities, actor, at) if one.owner_id != to.pk]
    require_owner(to, actor.entity_id, at)
    if not rows:
        raise Refused("nothing_changed", f"没有改动：选中的都已经由{to.user.name}负责", field="owner")
    before = {str(one.pk): str(one.owner_id) for one in rows}
    made = DealBulk(id=new_id(), entity_id=actor.entity_id, member=actor, to=to, changes=before, at=at)
    act = Act("sales.assign_opportunities", actor, at)
    with scope_with(actor.entity_id), one_entry(act, about=made):
        for one in rows:
            _give(one, to.pk, act)
        made.save(force_insert=True)
        record(act, entity_id=made.entity_id, subject=made)
    return made


@dataclass(frozen=True)
class Undone:
    """A bulk assignment that was taken back: how many went back, and how many stay because of whom they are about."""

    act: DealBulk
    count: int
    unusable: int


@transaction.atomic
def undo_assignment(*, deal_bulk_id: UUID, actor: Member, at: datetime) -> Undone:
    """Give them back to whom they were (撤销批量分配商机), as far as the member may assign them today.

    What somebody changed since stays as it is, and so does what is about people whose data may only be stored.
    """
    found = DealBulk.objects.select_for_update(of=("self",)).filter(pk=deal_bulk_id, member=actor).first()
    if found is None:
        raise Missing("act_missing", "没有这次批量分配")
    if found.undone_at or found.at + UNDONE_WITHIN < at:
        raise Refused("undo_late", "已经撤销过，或超过了24小时，不能撤销")
    unchanged = _unchanged(found, actor, at)
    if not unchanged:
        raise Refused("changed_meanwhile", "这些商机后来都被改过、已不归您分配，或原来的负责人已经离职，没有可以撤销的")
    kept = [one for one in unchanged if _is_usable(one)]
    if not kept:
        raise Refused("subject_frozen", "这些商机的客户信息仅存储，不能修改（个人信息保护法第四十七条）：先解冻")
    act = Act("sales.undo_assignment", actor, at)
    with one_entry(act, about=found):
        for one in kept:
            _give(one, UUID(found.changes[str(one.pk)]), act)
        found.undone_at = at
        found.save(update_fields=["undone_at"])
        record(act, entity_id=found.entity_id, subject=found)
    return Undone(found, len(kept), len(unchanged) - len(kept))


def _unchanged(found: DealBulk, actor: Member, at: datetime) -> list[Opportunity]:
    """Those that nobody changed since, of hands that the member's right covers, to people who are still here; locked."""
    sight = sight_of(actor, "opportunity.assign", on=day_of(at))
    if sight.reach is None:
        raise refusal_of("opportunity.assign")
    here = Member.objects.filter(entity_id=found.entity_id, left_at=None)
    covered = set(sight.of(here, owner="").values_list("pk", flat=True))
    rows = Opportunity.objects.select_for_update(of=("self",)).filter(pk__in=list(found.changes), changed_at=found.at)
    before = {pk: UUID(owner_id) for pk, owner_id in found.changes.items()}
    still = set(here.filter(pk__in=before.values()).values_list("pk", flat=True))
    return [
        one
        for one in rows.select_related("customer__subject").order_by("pk")
        if before[str(one.pk)] in still and covered & {one.owner_id, before[str(one.pk)]}
    ]


def _is_usable(row: Opportunity) -> bool:
    try:
        refuse_unusable(row.customer)
    except Refused:
        return False
    return True


def _give(row: Opportunity, owner_id: UUID, act: Act) -> None:
    row.owner_id, row.changed_at = owner_id, act.at
    row.save(update_fields=["owner", "changed_at"])
    record(act, entity_id=row.entity_id, subject=row)


def _locked(opportunities: Sequence[UUID], actor: Member, at: datetime) -> list[Opportunity]:
    """The opportunities, in one order, so that two acts don't wait for each other."""
    wanted = set(opportunities)
    if not wanted:
        raise Refused("none_chosen", "请先选中商机")
    if len(wanted) > MOST:
        raise Refused("many_chosen", f"一次最多{MOST}个，选中了{len(wanted)}个：请分几次办")
    sight = sight_of(actor, "opportunity.assign", on=day_of(at))
    rows = Opportunity.objects.select_for_update(of=("self",)).filter(pk__in=wanted, entity_id=actor.entity_id)
    found = []
    if sight.reach is not None:
        found = list(sight.of(rows, owner="owner").select_related("customer__subject").order_by("pk"))
    if len(found) != len(wanted):
        raise Missing("opportunity_missing", "选中的商机里有您不能办理的，或已经不在")
    for one in found:
        refuse_unusable(one.customer)
    return found
