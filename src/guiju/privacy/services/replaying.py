"""Withdrawals, refusals and freezings after the moment to which a restore goes hold again (重放撤回)."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.archives.selectors import taken_in
from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, record
from guiju.kernel.crypto.sealed import Unsealable
from guiju.keys.values import sealed_values
from guiju.organisations.models import User
from guiju.privacy.models import IS_FROZEN, Consent, Refusal, Subject
from guiju.privacy.services.consents import take_back

_TAKEN_BACK = (Consent.Ending.WITHDRAWN, Consent.Ending.NARROWED, Consent.Ending.ENTERED_WRONGLY)
_SAME = ("subject_id", "purpose", "recipient_id")


def carry_withdrawals(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Of each consent that was taken back since, what is still consented to: nothing, or some fields."""
    ended = Consent.objects.filter(entity_id=entity_id, ended_at__gte=since, ending__in=_TAKEN_BACK)
    last: dict[tuple[Any, ...], Consent] = {}
    for one in ended.order_by("ended_at", "pk"):
        last[(*(getattr(one, name) for name in _SAME), bool(one.fields))] = one
    others = taken_in(entity_id, {one.subject_id for one in last.values()})
    for one in last.values():
        # Somebody who consented again has lost that with the rest; what they took back of it stays taken back.
        left = [still for still in _alike(one).filter(ended_at=None) if bool(still.fields) == bool(one.fields)]
        yield {
            "subjects": _all(one.subject_id, others),
            "purpose": one.purpose,
            "recipient": str(one.recipient_id) if one.recipient_id else None,
            "is_separate": bool(one.fields),
            "left": sorted({name for still in left for name in still.fields}) if left else None,
            "at": one.ended_at.isoformat() if one.ended_at else None,
        }


def _all(subject_id: UUID, others: Mapping[UUID, Collection[UUID]]) -> list[str]:
    """A person, and who was merged into them: at the moment of the restore they may be others still."""
    return [str(subject_id), *sorted(str(pk) for pk in others.get(subject_id, ()))]


def _alike(one: Consent) -> QuerySet[Consent]:
    return Consent.objects.filter(**{name: getattr(one, name) for name in _SAME})


def replay_withdrawals(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """End what is in force here and was not there any more, as of the moment when it was taken back."""
    count = 0
    for line in lines:
        mine = Consent.objects.select_for_update(of=("self",)).filter(
            entity_id=entity_id,
            subject_id__in=line["subjects"],
            purpose=line["purpose"],
            recipient_id=line["recipient"],
            ended_at=None,
        )
        for found in mine.order_by("pk"):
            if bool(found.fields) != line["is_separate"]:
                continue
            left = line["left"]
            gone = [] if left is None else [name for name in found.fields if name not in left]
            if left is None or gone:
                take_back(found, gone if left else (), act, since=datetime.fromisoformat(line["at"]))
                count += 1
    return count


def carry_refusals(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Who has refused commercial messages since, or had it put down since, by the key of the address."""
    for one in (
        Refusal.objects.filter(Q(at__gte=since) | Q(entered_at__gte=since), entity_id=entity_id)
        .order_by("at", "pk")
        .iterator()
    ):
        yield {
            "id": str(one.pk),
            "key": base64.b64encode(one.key).decode(),
            "held_key": base64.b64encode(one.held_key).decode() if one.held_key else None,
            "sort": one.sort,
            "way": one.way,
            "means": one.means,
            "sealed": base64.b64encode(one.sealed).decode(),
            "by": str(one.by_id) if one.by_id else None,
            "at": one.at.isoformat(),
            "entered_at": one.entered_at.isoformat() if one.entered_at else None,
        }


def replay_refusals(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Put them on the list again, as of when they refused."""
    known = {str(pk) for pk in Refusal.objects.in_bulk([UUID(line["id"]) for line in lines])}
    staff = {str(pk) for pk in User.objects.in_bulk([UUID(line["by"]) for line in lines if line["by"]])}
    missing = [line for line in lines if line["id"] not in known]
    for line in missing:
        made = Refusal(
            id=UUID(line["id"]),
            entity_id=entity_id,
            key=base64.b64decode(line["key"]),
            held_key=base64.b64decode(line["held_key"]) if line.get("held_key") else None,
            sort=line.get("sort") or Refusal.Sort.PHONE,
            way=line["way"],
            means=line.get("means", ""),
            by_id=UUID(line["by"]) if line["by"] in staff else None,
            at=datetime.fromisoformat(line["at"]),
            entered_at=datetime.fromisoformat(line["entered_at"]) if line.get("entered_at") else None,
        )
        made.sealed = _proof_here(made, base64.b64decode(line.get("sealed", "")))
        made.save(force_insert=True)
        record(act, entity_id=entity_id, subject=made)
    return len(missing)


def _proof_here(made: Refusal, sealed: bytes) -> bytes:
    """The sealed proof, where the keys of this state open it."""
    made.sealed = sealed
    try:
        sealed_values(made, "sealed")
    except Unsealable:
        return b""
    return sealed


def carry_frozen(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Everybody of whom something may only be stored, since whenever: there are few."""
    people = list(Subject.objects.filter(IS_FROZEN, entity_id=entity_id, erased_at=None).order_by("pk"))
    others = taken_in(entity_id, {one.pk for one in people})
    for one in people:
        yield {
            "subjects": _all(one.pk, others),
            "at": one.frozen_at.isoformat() if one.frozen_at else None,
            "because": one.frozen_because,
            "fields": one.frozen_fields,
        }


def replay_frozen(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Freeze whom and what is not frozen here; whoever was unfrozen since stays frozen until somebody says so again."""
    count = 0
    here = taken_in(entity_id, [UUID(line["subjects"][0]) for line in lines])
    for line in lines:
        first, *others = (UUID(pk) for pk in line["subjects"])
        wanted = [first, *(pk for pk in others if pk not in here.get(first, ()))]
        for subject in Subject.objects.select_for_update().filter(pk__in=wanted, erased_at=None).order_by("pk"):
            is_whole = bool(line["at"]) and subject.frozen_at is None
            if not is_whole and line["fields"].keys() <= subject.frozen_fields.keys():
                continue
            if is_whole:
                subject.frozen_at, subject.frozen_because = datetime.fromisoformat(line["at"]), line["because"]
            subject.frozen_fields = {**line["fields"], **subject.frozen_fields}
            subject.save(update_fields=["frozen_at", "frozen_because", "frozen_fields"])
            record(act, entity_id=entity_id, subject=subject)
            count += 1
    return count


register_replayed(Replayed("privacy.withdrawals", "撤回同意", carry_withdrawals, replay_withdrawals))
register_replayed(Replayed("privacy.refusals", "拒收", carry_refusals, replay_refusals))
register_replayed(Replayed("privacy.frozen", "仅存储", carry_frozen, replay_frozen))
