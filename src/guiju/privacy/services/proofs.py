"""Proofs of consents outlive whom they are about, for their own period (同意记录的保管期限)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from guiju.archives.registry import Destroyed, Kept, Target
from guiju.evidence.services import Act, record
from guiju.kernel.calendar import months_later
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.privacy.models import DESTROYED_PROOF, Consent, ConsentRequest, Refusal, Subject
from guiju.privacy.registry import REACHED_AT, WAS_REACHED_AT
from guiju.privacy.selectors.refusals import held_key_of, known_by_keys

MONTHS = 36
"""House figure, as long as claims may be brought (民法典第一百八十八条); no statute names a period."""

CONSENT, REQUEST = "consent.proof", "consent.request"
"""By which names (record.code) a disposal takes them apart from the person."""

_GONE = Q(proof=DESTROYED_PROOF, sealed=b"", guardian=b"")


_ADDRESSES = {".phone": Refusal.Sort.PHONE, ".email": Refusal.Sort.EMAIL}
"""By which fields a refusal is somebody's."""


def _ids(targets: Sequence[Target]) -> list[UUID]:
    return [one.subject_id for one in targets]


def _consents(entity_id: UUID, people: Collection[UUID]) -> QuerySet[Consent]:
    return Consent.objects.filter(entity_id=entity_id, subject_id__in=people).exclude(_GONE)


def _requests(entity_id: UUID, people: Collection[UUID]) -> QuerySet[ConsentRequest]:
    return ConsentRequest.objects.filter(entity_id=entity_id, subject_id__in=people).exclude(items=[])


def count_consents(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    wanted = [one for one in targets if not one.fields or CONSENT in one.fields]
    return _counted(_consents(entity_id, _ids(wanted)))


def count_requests(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    wanted = [one for one in targets if not one.fields or REQUEST in one.fields]
    return _counted(_requests(entity_id, _ids(wanted)))


def _counted(rows: QuerySet[Consent] | QuerySet[ConsentRequest]) -> Mapping[UUID, int]:
    return dict(rows.order_by().values_list("subject_id").annotate(Count("pk")))


def destroy_consents(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take out how somebody consented, and the guardian who did; that there was a consent stays, of nobody."""
    done = Destroyed()
    for one in _consents(entity_id, _ids(targets)).select_for_update(of=("self",)).order_by("pk"):
        one.proof, one.sealed, one.guardian = DESTROYED_PROOF, b"", b""
        one.save(update_fields=["proof", "sealed", "guardian"])
        record(act, entity_id=entity_id, subject=one)
        done.add(one.subject_id, one, ["proof", "sealed", "guardian"])
    return done


def destroy_requests(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take out what somebody was asked and what they answered; the digest of what was shown stays."""
    done = Destroyed()
    for one in _requests(entity_id, _ids(targets)).select_for_update(of=("self",)).order_by("pk"):
        one.items, one.answers = [], []
        one.save(update_fields=["items", "answers"])
        record(act, entity_id=entity_id, subject=one)
        done.add(one.subject_id, one, ["items", "answers"])
    return done


def count_refusals(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return {pk: len(rows) for pk, rows in _refusals(entity_id, targets).items() if rows}


def destroy_refusals(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take out by what somebody's refusals are proven; that this address refused stays.

    Asked before the addresses themselves go, by which they are found.
    """
    done, over = Destroyed(), set()
    for subject_id, rows in _refusals(entity_id, targets).items():
        for one in rows:
            if one.pk not in over:
                over.add(one.pk)
                one.sealed = b""
                one.save(update_fields=["sealed"])
                record(act, entity_id=entity_id, subject=one)
            done.add(subject_id, one, ["sealed"])
    return done


def _refusals(entity_id: UUID, targets: Sequence[Target]) -> dict[UUID, list[Refusal]]:
    """The refusals with a proof of people who go, or whose phone or e-mail address does: under those they have, and under
    those that they had."""
    going = {one.subject_id: _sorts_of(one) for one in targets}
    found = {}
    for subject in Subject.objects.filter(pk__in=[pk for pk, sorts in going.items() if sorts], entity_id=entity_id):
        keys = _keys_of(subject)
        rows = Refusal.objects.filter(entity_id=entity_id, held_key__in=list(keys), sort__in=going[subject.pk])
        proven = list(rows.exclude(sealed=b"").order_by("pk"))
        others = _of_others(subject, {bytes(one.held_key) for one in proven if one.held_key})
        found[subject.pk] = [one for one in proven if _is_theirs(one, keys, others)]
    return found


def _keys_of(subject: Subject) -> dict[bytes, datetime | None]:
    """By what the list knows somebody, each with when they ceased to be reached there."""
    addresses: dict[str, datetime | None] = {}
    for was_at in WAS_REACHED_AT:
        addresses |= was_at(subject)
    addresses |= {address: None for at in REACHED_AT for address in at(subject)}
    keys = {held_key_of(one, subject.entity_id): since for one, since in addresses.items()}
    return {bytes(key): since for key, since in keys.items() if key}


def _of_others(subject: Subject, keys: Collection[bytes]) -> set[bytes]:
    """At which of these somebody else is reached now: numbers are given out again."""
    known = known_by_keys(keys) if keys else {}
    return {key for key, people in known.items() if any(one.subject_id != subject.pk for one in people)}


def _is_theirs(one: Refusal, keys: Mapping[bytes, datetime | None], others: Collection[bytes]) -> bool:
    """Of an address that they have no more, what was said until then; later where nobody else has it."""
    key = bytes(one.held_key or b"")
    since = keys[key]
    return since is None or one.at <= since or key not in others


def _sorts_of(target: Target) -> list[str]:
    return [
        str(sort)
        for ending, sort in _ADDRESSES.items()
        if not target.fields or any(name.endswith(ending) for name in target.fields)
    ]


def keep_proofs(entity_id: UUID, targets: Sequence[Target], on: date) -> Mapping[UUID, Kept]:
    """Proofs that are to go before their time stay: until their period after the person was deleted is over."""
    wanted = [one.subject_id for one in targets if {CONSENT, REQUEST} & set(one.fields)]
    erased = Subject.objects.filter(entity_id=entity_id, pk__in=wanted).values_list("pk", "erased_at")
    return {
        pk: Kept("同意的记录留作没有过错的证明（个人信息保护法第六十九条）", _end(at) if at else None)
        for pk, at in erased
        if at is None or _end(at) > on
    }


def _end(erased_at: datetime) -> date:
    return months_later(day_of(erased_at), MONTHS)


def _start(on: date) -> date:
    """The last day of deletion after which the period is over: never a day too late."""
    return on - timedelta(days=365 * MONTHS // 12)


def over(entity_id: UUID, on: date, most: int) -> list[Target]:
    """People deleted so long ago that the proofs of their consents go too."""
    latest = datetime.combine(_start(on), time.max, CHINA)
    erased = Subject.objects.filter(entity_id=entity_id, erased_at__lte=latest)
    held = Q(pk__in=_all(Consent, entity_id).exclude(_GONE).values("subject_id"))
    held |= Q(pk__in=_all(ConsentRequest, entity_id).exclude(items=[]).values("subject_id"))
    people = erased.filter(held).order_by("pk").values_list("pk", "erased_at").iterator()
    return list(islice((Target(pk, (CONSENT, REQUEST)) for pk, at in people if at and _end(at) <= on), most))


def _all(model: type[Consent] | type[ConsentRequest], entity_id: UUID) -> QuerySet[Any]:
    return model._default_manager.filter(entity_id=entity_id).order_by()
