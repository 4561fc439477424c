"""Things are held back from disposal while somebody argues about them (保全)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.archives.models import Hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

SHORTEST, LONGEST = 4, 200


def reason_of(text: str, *, field: str = "reason") -> str:
    """A reason as it is kept; raises `Refused` for one that says nothing."""
    reason = " ".join(text.split())
    if not SHORTEST <= len(reason) <= LONGEST or not reason.isprintable():
        raise Refused("reason_empty", f"请写明原因，{SHORTEST}到{LONGEST}个字", field=field)
    return reason


@transaction.atomic
def place_hold(*, entity_id: UUID, subject_id: UUID, sort: str, reason: str, actor: Member, at: datetime) -> Hold:
    """Hold a person's or a record's data back from disposal (登记保全): a dispute, an inspection, a lawsuit."""
    require(actor, "archive.hold", on=entity_id)
    if sort not in Hold.Sort.values:
        raise Refused("sort_unknown", f"事由可填：{'、'.join(Hold.Sort.labels)}", field="sort")
    reason = reason_of(reason)
    with scope_with(entity_id):
        if Hold.objects.filter(entity_id=entity_id, subject_id=subject_id, sort=sort, lifted_at=None).exists():
            raise Refused("held_already", "已经为同样的事由登记了保全", field="sort")
        made = Hold(
            id=new_id(),
            entity_id=entity_id,
            subject_id=subject_id,
            sort=sort,
            reason=reason,
            placed_by=actor.user,
            placed_at=at,
        )
        made.save(force_insert=True)
        record(Act("archives.place_hold", actor, at), entity_id=entity_id, subject=made)
    return made


@transaction.atomic
def lift_hold(*, hold_id: UUID, reason: str, actor: Member, at: datetime) -> Hold:
    """End a hold (解除保全); what waited for it may be destroyed again."""
    found = Hold.objects.select_for_update(of=("self",)).filter(pk=hold_id).first()
    if found is None:
        raise Missing("hold_missing", "没有这项保全，或您的角色看不到它")
    require(actor, "archive.hold", on=found.entity_id)
    if found.lifted_at:
        raise Refused("lifted_already", "这项保全已经解除")
    found.lifted_by, found.lifted_at, found.lifted_because = actor.user, at, reason_of(reason)
    found.save(update_fields=["lifted_by", "lifted_at", "lifted_because"])
    with scope_with(found.entity_id):
        record(Act("archives.lift_hold", actor, at), entity_id=found.entity_id, subject=found)
    return found
