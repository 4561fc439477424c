"""Reads of consents (同意): what somebody agrees to now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.database.scope import require_scope
from guiju.keys.values import sealed_values
from guiju.organisations.registry import PURPOSES
from guiju.privacy.guardians import Guardian, guardian_of
from guiju.privacy.masking import masked
from guiju.privacy.models import Consent


@dataclass(frozen=True)
class Standing:
    """What a person consents to: pairs of a purpose and a field (record.code), or of a purpose and nothing,
    which stands for all fields that aren't asked about separately; `guarded` are those that a guardian gave."""

    given: frozenset[tuple[str, str]] = frozenset()
    guarded: frozenset[tuple[str, str]] = frozenset()
    since: Mapping[str, datetime] = field(default_factory=dict)
    """When the newest consent to each purpose was given."""

    def agrees(self, purpose: str, name: str) -> bool:
        return (purpose, "") in self.given or (purpose, name) in self.given

    def agrees_separately(self, purpose: str, name: str) -> bool:
        return (purpose, name) in self.given

    def is_guarded(self, purpose: str, name: str) -> bool:
        return (purpose, "") in self.guarded or (purpose, name) in self.guarded

    def with_more(self, *, purpose: str, fields: Iterable[str], by_guardian: bool, given_at: datetime) -> Standing:
        """And another consent: to a purpose, or where fields are named, to these for it and nothing else."""
        pairs = frozenset((purpose, name) for name in fields) or frozenset({(purpose, "")})
        newest = max(given_at, self.since.get(purpose, given_at))
        guarded = self.guarded | pairs if by_guardian else self.guarded
        return Standing(self.given | pairs, guarded, {**self.since, purpose: newest})


NOTHING = Standing()


def standings_of(subjects: Iterable[UUID], *, at: datetime | None = None) -> Mapping[UUID, Standing]:
    """What each of these people consents to now, or consented to at a moment, to the company itself; whoever is
    missing has consented to nothing."""
    require_scope()
    in_force = Q(ended_at=None) if at is None else Q(ended_at=None) | Q(ended_at__gt=at)
    rows = Consent.objects.filter(in_force, subject_id__in=set(subjects), recipient=None)
    rows = rows if at is None else rows.filter(given_at__lte=at)
    by_person: dict[UUID, list[_Given]] = {}
    for subject_id, *given in rows.values_list("subject_id", *_Given._fields):
        by_person.setdefault(subject_id, []).append(_Given(*given))
    return {subject_id: _standing(given) for subject_id, given in by_person.items()}


class _Given(NamedTuple):
    purpose: str
    fields: list[str]
    by_guardian: bool
    given_at: datetime


def _standing(consents: Iterable[_Given | Consent]) -> Standing:
    """What these consents, all in force, come to."""
    given: set[tuple[str, str]] = set()
    guarded: set[tuple[str, str]] = set()
    since: dict[str, datetime] = {}
    for one in consents:
        pairs = [(one.purpose, name) for name in one.fields] or [(one.purpose, "")]
        given.update(pairs)
        if one.by_guardian:
            guarded.update(pairs)
        since[one.purpose] = max(one.given_at, since.get(one.purpose, one.given_at))
    return Standing(frozenset(given), frozenset(guarded), since)


def standing_by(consents: Iterable[Consent]) -> Standing:
    """The same from all consents of a person, for whoever has them at hand."""
    return _standing(one for one in consents if one.ended_at is None and one.recipient_id is None)


def withdrawn_of(subjects: Iterable[UUID], *, at: datetime) -> Mapping[UUID, frozenset[tuple[str, str]]]:
    """What these people had taken back until a moment: pairs of a purpose and a field, or of a purpose and nothing."""
    require_scope()
    found: dict[UUID, set[tuple[str, str]]] = {}
    endings = (Consent.Ending.WITHDRAWN, Consent.Ending.NARROWED)
    rows = Consent.objects.filter(subject_id__in=set(subjects), recipient=None, ended_at__lte=at, ending__in=endings)
    for subject_id, purpose, fields in rows.values_list("subject_id", "purpose", "fields"):
        found.setdefault(subject_id, set()).update((purpose, name) for name in fields or [""])
    return {subject_id: frozenset(pairs) for subject_id, pairs in found.items()}


def standing_of(subject_id: UUID) -> Standing:
    return standings_of([subject_id]).get(subject_id, NOTHING)


def consents_of(subject_id: UUID) -> QuerySet[Consent]:
    """All consents of a person, those in force first, then the newest."""
    require_scope()
    found = Consent.objects.filter(subject_id=subject_id).select_related("notice", "recorded_by")
    # PostgreSQL puts nulls first in a falling order: what is in force comes before what has ended.
    return found.order_by("-ended_at", "-given_at", "pk")


@dataclass(frozen=True)
class ConsentLine:
    """A consent in words; `guardian` is who gave it for a minor, by their first letter."""

    consent: Consent
    purpose: str
    fields: tuple[str, ...]
    guardian: str


def lines_of(consents: Iterable[Consent], labels: Mapping[str, str]) -> list[ConsentLine]:
    """Consents in words; `labels` are those of the fields by record.code."""
    return [
        ConsentLine(
            one,
            PURPOSES.get(one.purpose, one.purpose),
            tuple(labels.get(name, name) for name in one.fields),
            _guardian_words(guardian_of(sealed_values(one, "guardian"))),
        )
        for one in consents
    ]


def _guardian_words(guardian: Guardian | None) -> str:
    return f"监护人{masked('name', guardian.name)}（{guardian.relation}）" if guardian else ""
