"""What was destroyed after the moment to which a restore goes is destroyed again (重放销毁)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from guiju.archives.models import Disposal, DisposalItem
from guiju.archives.services.disposals import AT_A_TIME, KIND, destroy_items
from guiju.database.bulk import insert_rows, update_rows
from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, one_entry, record
from guiju.organisations.models import User
from guiju.organisations.services.people import person_as_decided
from guiju.work.services.approvals import end_decided

_ENDED = (DisposalItem.State.DESTROYED, DisposalItem.State.KEPT)


def carry_disposals(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """What two people decided and was carried out since, a thousand items a line: ids and codes of fields only."""
    done = Disposal.objects.filter(entity_id=entity_id).filter(Q(done_at__gte=since) | Q(state=Disposal.State.ALLOWED))
    for disposal in done.select_related("proposed_by", "decided_by").order_by("proposed_at", "pk"):
        ended = DisposalItem.objects.filter(disposal=disposal, state__in=_ENDED).order_by("pk")
        items = [
            {
                "id": str(one.pk),
                "subject": str(one.subject_id),
                "fields": one.fields,
                "state": one.state,
                "why": one.why,
            }
            for one in ended.iterator()
        ]
        for start in range(0, len(items), AT_A_TIME):
            yield {**_facts(disposal), "items": items[start : start + AT_A_TIME]}


def _facts(disposal: Disposal) -> Line:
    assert disposal.decided_by is not None and disposal.decided_at is not None
    return {
        "id": str(disposal.pk),
        "basis": disposal.basis,
        "reason": disposal.reason,
        "things": disposal.things,
        "proposed_by": _person(disposal.proposed_by),
        "proposed_at": disposal.proposed_at.isoformat(),
        "decided_by": _person(disposal.decided_by),
        "decided_at": disposal.decided_at.isoformat(),
    }


def _person(user: User) -> Line:
    return {"user_id": str(user.pk), "username": user.username, "name": user.name}


def replay_disposals(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Destroy it again under the same register; what stayed then stays. Returns how many items went."""
    count = 0
    for line in lines:
        disposal = _disposal_of(entity_id, line, act)
        ours, known = _items_of(disposal, line)
        stayed = [one for one in ours if one.state == DisposalItem.State.KEPT]
        going = [one for one in ours if one.state == DisposalItem.State.WAITING]
        with one_entry(act, about=disposal):
            insert_rows([one for one in ours if one.pk not in known])
            update_rows([one for one in stayed if one.pk in known], ["state", "why"])
            for one in stayed:
                record(act, entity_id=entity_id, subject=one)
        if ours:
            destroy_items(disposal, going, {}, act)
        count += len(going)
    return count


def _disposal_of(entity_id: UUID, line: Line, act: Act) -> Disposal:
    """The register of that name: made anew, or decided as it was."""
    proposer, decider = (_user(line[name], act) for name in ("proposed_by", "decided_by"))
    found = Disposal.objects.select_for_update(of=("self",)).filter(pk=line["id"]).first()
    made = found or Disposal(
        id=UUID(line["id"]),
        entity_id=entity_id,
        basis=line["basis"],
        reason=line["reason"],
        things=line["things"],
        proposed_by=proposer,
        proposed_at=datetime.fromisoformat(line["proposed_at"]),
    )
    if found is None or found.state not in (Disposal.State.ALLOWED, Disposal.State.DONE):
        made.state, made.decided_by = Disposal.State.ALLOWED, decider
        made.decided_at = datetime.fromisoformat(line["decided_at"])
        made.save(force_insert=found is None)
        record(act, entity_id=entity_id, subject=made)
        end_decided(kind=KIND, subject_id=made.pk, act=act)
    return made


def _user(person: Line, act: Act) -> User:
    return person_as_decided(
        user_id=UUID(person["user_id"]), username=person["username"], name=person["name"], at=act.at
    )


def _items_of(disposal: Disposal, line: Line) -> tuple[list[DisposalItem], set[UUID]]:
    """The items of a line that are not done here yet, and which of them were here before."""
    known: dict[UUID, DisposalItem] = DisposalItem.objects.filter(disposal=disposal).in_bulk(
        [UUID(one["id"]) for one in line["items"]]
    )
    found = [_item(disposal, one, known.get(UUID(one["id"]))) for one in line["items"]]
    return [one for one in found if one is not None], set(known)


def _item(disposal: Disposal, carried: dict[str, Any], known: DisposalItem | None) -> DisposalItem | None:
    if known is not None and known.state != DisposalItem.State.WAITING:
        return None
    item = known or DisposalItem(
        id=UUID(carried["id"]),
        entity_id=disposal.entity_id,
        disposal=disposal,
        subject_id=UUID(carried["subject"]),
        fields=carried["fields"],
        state=DisposalItem.State.WAITING,
    )
    if carried["state"] == DisposalItem.State.KEPT:
        item.state, item.why = DisposalItem.State.KEPT, carried["why"]
    return item


register_replayed(Replayed("archives.disposals", "销毁", carry_disposals, replay_disposals))
