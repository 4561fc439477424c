"""What was destroyed after the moment to which a restore goes is destroyed again (重放销毁)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q

from guiju.archives.models import Disposal, DisposalItem, Hold
from guiju.archives.registry import Kept
from guiju.archives.selectors import taken_in
from guiju.archives.services.disposals import AT_A_TIME, KIND, destroy_items
from guiju.database.bulk import insert_rows
from guiju.database.models import new_id
from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, one_entry, record
from guiju.organisations.models import User
from guiju.organisations.services.people import person_as_decided
from guiju.work.services.approvals import end_decided

_WAITING, _KEPT = DisposalItem.State.WAITING, DisposalItem.State.KEPT


def carry_disposals(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """What two people decided and was carried out since, or is still to be, a thousand items a line: ids and codes only.

    What waits comes first: no disposal is done here before the last of it stands there.
    """
    found = Disposal.objects.filter(entity_id=entity_id).filter(Q(done_at__gte=since) | Q(state=Disposal.State.ALLOWED))
    for disposal in found.select_related("proposed_by", "decided_by").order_by("proposed_at", "pk"):
        rows = DisposalItem.objects.filter(disposal=disposal)
        for some in (rows.filter(state=_WAITING), rows.exclude(state=_WAITING)):
            for items in _batches(list(some.order_by("pk"))):
                others = taken_in(entity_id, [one.subject_id for one in items])
                yield {**_facts(disposal), "items": [_told(one, others) for one in items]}


def _batches(items: Sequence[DisposalItem]) -> Iterator[Sequence[DisposalItem]]:
    return (items[start : start + AT_A_TIME] for start in range(0, len(items), AT_A_TIME))


def _told(item: DisposalItem, others: Mapping[UUID, Collection[UUID]]) -> Line:
    return {
        "id": str(item.pk),
        "subject": str(item.subject_id),
        "fields": item.fields,
        "state": item.state,
        "why": item.why,
        "others": sorted(str(pk) for pk in others.get(item.subject_id, ())),
    }


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
    """Destroy it again under the same register; what stayed stays, what waits goes on. Returns how many items went."""
    count = 0
    for line in lines:
        disposal = _disposal_of(entity_id, line, act)
        found = _items_of(disposal, line)
        _write_new([one for one in found if one.is_new], disposal, act)
        ended = [one for one in found if one.carried != _WAITING]
        stayed = {one.item.subject_id: Kept(one.why) for one in ended if one.carried == _KEPT}
        if found:
            destroy_items(disposal, [one.item for one in ended], stayed, act)
        count += len(ended) - len(stayed)
    return count


def _write_new(new: Sequence[_Again], disposal: Disposal, act: Act) -> None:
    """Items that do not stand here; those that end now are recorded when they do."""
    if not new:
        return
    insert_rows([one.item for one in new])
    disposal.things = max(disposal.things, DisposalItem.objects.filter(disposal=disposal).count())
    disposal.save(update_fields=["things"])
    with one_entry(act, about=disposal):
        for one in new:
            if one.carried == _WAITING:
                record(act, entity_id=disposal.entity_id, subject=one.item)


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


class _Again(NamedTuple):
    """An item that is not done here yet, in which state it was carried over, why, and whether it stands here already."""

    item: DisposalItem
    carried: str
    why: str
    is_new: bool


def _items_of(disposal: Disposal, line: Line) -> list[_Again]:
    """The items of a line that are to be done here: each, and whom it stood for, where those are others still."""
    wanted = {UUID(pk) for one in line["items"] for pk in (one["subject"], *one["others"])}
    rows = DisposalItem.objects.filter(disposal=disposal, subject_id__in=wanted)
    known: dict[UUID, DisposalItem] = {one.subject_id: one for one in rows}
    here = taken_in(disposal.entity_id, [UUID(one["subject"]) for one in line["items"]])
    found = []
    for one in line["items"]:
        subject_id = UUID(one["subject"])
        others = {UUID(pk) for pk in one["others"]} - here.get(subject_id, set()) if one["state"] != _KEPT else set()
        for pk in (subject_id, *sorted(others)):
            item = known.get(pk)
            if item is None:
                found.append(_Again(_item(disposal, one, pk), one["state"], one["why"], True))
            elif item.state == _WAITING:
                found.append(_Again(item, one["state"], one["why"], False))
    return found


def _item(disposal: Disposal, carried: Line, subject_id: UUID) -> DisposalItem:
    return DisposalItem(
        id=UUID(carried["id"]) if str(subject_id) == carried["subject"] else new_id(),
        entity_id=disposal.entity_id,
        disposal=disposal,
        subject_id=subject_id,
        fields=carried["fields"],
        state=_WAITING,
    )


def carry_holds(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """What was held back since and is so still: the ids, the sort, and the reason, which names a case and no person."""
    rows = Hold.objects.filter(entity_id=entity_id, placed_at__gte=since, lifted_at=None)
    holds = list(rows.select_related("placed_by").order_by("placed_at", "pk"))
    others = taken_in(entity_id, {one.subject_id for one in holds})
    for one in holds:
        yield {
            "id": str(one.pk),
            "subject": str(one.subject_id),
            "others": sorted(str(pk) for pk in others.get(one.subject_id, ())),
            "sort": one.sort,
            "reason": one.reason,
            "placed_by": _person(one.placed_by),
            "placed_at": one.placed_at.isoformat(),
        }


def replay_holds(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Hold it back again; what was lifted since stays held until somebody lifts it again."""
    count = 0
    here = taken_in(entity_id, [UUID(line["subject"]) for line in lines])
    for line in lines:
        others = {UUID(pk) for pk in line["others"]} - here.get(UUID(line["subject"]), set())
        placed_at = datetime.fromisoformat(line["placed_at"])
        for pk in (UUID(line["subject"]), *sorted(others)):
            if Hold.objects.filter(entity_id=entity_id, subject_id=pk, sort=line["sort"], placed_at=placed_at).exists():
                continue
            made = Hold(
                id=UUID(line["id"]) if str(pk) == line["subject"] else new_id(),
                entity_id=entity_id,
                subject_id=pk,
                sort=line["sort"],
                reason=line["reason"],
                placed_by=_user(line["placed_by"], act),
                placed_at=placed_at,
            )
            made.save(force_insert=True)
            record(act, entity_id=entity_id, subject=made)
            count += 1
    return count


register_replayed(Replayed("archives.disposals", "销毁", carry_disposals, replay_disposals))
register_replayed(Replayed("archives.holds", "保全", carry_holds, replay_holds))
