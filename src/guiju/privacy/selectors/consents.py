"""Reads of consents (同意): what somebody agrees to now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet

from guiju.database.scope import require_scope
from guiju.keys.values import sealed_values
from guiju.organisations.registry import PURPOSES
from guiju.privacy.guardians import Guardian, guardian_of
from guiju.privacy.masking import masked
from guiju.privacy.models import Consent, PrivacyNotice
from guiju.privacy.selectors.notices import Told, told_of
from guiju.privacy.terms import ASKED_APART, MARKETING

Reach = Mapping[tuple[str, bool], frozenset[str]]
"""A purpose, and whether a guardian consented to it, to the fields (record.code) that the consent goes to."""


@dataclass(frozen=True)
class Standing:
    """What a person consents to: pairs of a purpose and a field (record.code), or of a purpose and nothing,
    which stands for those fields that aren't asked about separately and that the notice named when the consent
    was given: `reach`. `guarded` are those that a guardian gave."""

    given: frozenset[tuple[str, str]] = frozenset()
    guarded: frozenset[tuple[str, str]] = frozenset()
    reach: Reach = field(default_factory=dict)
    marketing_at: datetime | None = None
    """When the newest consent to marketing was given: who refused before that can be written to again."""

    def agrees(self, purpose: str, name: str) -> bool:
        if (purpose, name) in self.given:
            return True
        return any(name in self.reach.get((purpose, by), ()) for by in (False, True))

    def agrees_separately(self, purpose: str, name: str) -> bool:
        return (purpose, name) in self.given

    def is_guarded(self, purpose: str, name: str) -> bool:
        return (purpose, name) in self.guarded or name in self.reach.get((purpose, True), ())

    def with_more(self, *, purpose: str, fields: Iterable[str], by_guardian: bool, told: Told) -> Standing:
        """And another consent: to a purpose as it was told of, or where fields are named, to these for it."""
        pairs = frozenset((purpose, name) for name in fields)
        reach = {} if pairs else {(purpose, by_guardian): told.reach.get(purpose, frozenset())}
        pairs = pairs or frozenset({(purpose, "")})
        guarded = self.guarded | pairs if by_guardian else self.guarded
        return replace(self, given=self.given | pairs, guarded=guarded, reach={**self.reach, **reach})


NOTHING = Standing()


def standings_of(subjects: Iterable[UUID], *, at: datetime | None = None) -> Mapping[UUID, Standing]:
    """What each of these people consents to now, or consented to at a moment, to the company itself; whoever is
    missing has consented to nothing.

    Many consent to the same under the same notice: the database gathers them, and what it comes to is worked out once.
    """
    require_scope()
    in_force = Q(ended_at=None) if at is None else Q(ended_at=None) | Q(ended_at__gt=at)
    rows = Consent.objects.filter(in_force, subject_id__in=set(subjects), recipient=None)
    rows = rows if at is None else rows.filter(given_at__lte=at)
    kinds = [_Given(*kind) for kind in rows.values_list(*_Given._fields[:-2]).annotate(**_GATHERED).order_by()]
    by_person: dict[UUID, list[int]] = {}
    newest: dict[UUID, datetime] = {}
    for place, kind in enumerate(kinds):
        for subject_id in kind.people:
            by_person.setdefault(subject_id, []).append(place)
        for subject_id, given_at in zip(kind.people, kind.moments or (), strict=False):
            newest[subject_id] = max(given_at, newest.get(subject_id, given_at))
    known: dict[tuple[int, ...], Standing] = {}
    found = {}
    for subject_id, places in by_person.items():
        alike = tuple(places)
        if alike not in known:
            known[alike] = _standing(kinds[place] for place in places)
        last = newest.get(subject_id)
        found[subject_id] = replace(known[alike], marketing_at=last) if last else known[alike]
    return found


class _Given(NamedTuple):
    """One kind of consent with all who gave it, and when they gave one to marketing."""

    purpose: str
    fields: list[str]
    by_guardian: bool
    notice_id: UUID
    people: list[UUID]
    moments: list[datetime] | None


_GATHERED = {
    "people": ArrayAgg("subject_id", order_by="pk"),
    "moments": ArrayAgg("given_at", order_by="pk", filter=Q(purpose=MARKETING)),
}


def agreed_to_giving(
    subjects: Iterable[UUID], *, recipient_id: UUID, purpose: str, by_guardian: bool = False
) -> Mapping[UUID, frozenset[str]]:
    """Who of these people agrees that a company gets what of theirs for a purpose (对提供的单独同意): record.code.

    `by_guardian`: only what their guardian agreed to counts (第三十一条).
    """
    require_scope()
    rows = Consent.objects.filter(
        subject_id__in=set(subjects), recipient_id=recipient_id, purpose=purpose, ended_at=None
    )
    rows = rows.filter(by_guardian=True) if by_guardian else rows
    found: dict[UUID, frozenset[str]] = {}
    for subject_id, notice_id in rows.values_list("subject_id", "notice_id"):
        named = told_of(notice_id).given_to(recipient_id, purpose)
        found[subject_id] = found[subject_id] & named if subject_id in found else named
    return found


def _standing(consents: Iterable[_Given | Consent]) -> Standing:
    """What these consents, all in force, come to.

    Two that stand to one purpose come from two records that were merged: they hold as far as both go.
    """
    given: set[tuple[str, str]] = set()
    guarded: set[tuple[str, str]] = set()
    reach: dict[tuple[str, bool], frozenset[str]] = {}
    for one in consents:
        pairs = [(one.purpose, name) for name in one.fields] or [(one.purpose, "")]
        given.update(pairs)
        if one.by_guardian:
            guarded.update(pairs)
        if not one.fields:
            named = told_of(one.notice_id).reach.get(one.purpose, frozenset())
            key = one.purpose, one.by_guardian
            reach[key] = reach[key] & named if key in reach else named
    return Standing(frozenset(given), frozenset(guarded), reach)


def held_by(consent: Consent) -> list[str]:
    """The fields (record.code) to which a consent goes: those it names, or to a whole purpose those that its notice
    named for it and that nobody is asked about separately."""
    if consent.fields or consent.recipient_id:
        return list(consent.fields)
    notice = consent.notice
    items = (notice.corrected_by if notice.corrected_by_id and notice.corrected_by else notice).items.items()
    return sorted(name for name, one in items if consent.purpose in one["uses"] and one["consent"] not in ASKED_APART)


def is_to_purpose(consent: Consent) -> bool:
    """Whether it is to a purpose as a whole, or is what a no to some fields has left of such a one."""
    if not consent.fields:
        return True
    before = consent.follows
    return before is not None and before.ending == Consent.Ending.NARROWED and is_to_purpose(before)


def standing_by(consents: Iterable[Consent]) -> Standing:
    """The same from all consents of a person, for whoever has them at hand."""
    holding = [one for one in consents if one.ended_at is None and one.recipient_id is None]
    last = max((one.given_at for one in holding if one.purpose == MARKETING), default=None)
    return replace(_standing(holding), marketing_at=last)


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
    # Of the notice its number is enough: the text is long, and all consents share it.
    found = (
        Consent.objects.filter(subject_id=subject_id).select_related("notice").defer("notice__text", "notice__items")
    )
    # PostgreSQL puts nulls first in a falling order: what is in force comes before what has ended.
    return found.order_by("-ended_at", "-given_at", "pk")


@dataclass(frozen=True)
class ConsentLine:
    """A consent in words, with its proof; `guardian` is who gave it for a minor, by their first letter."""

    consent: Consent
    purpose: str
    fields: tuple[str, ...]
    proof: str
    recipient: str = ""
    guardian: str = ""

    @property
    def named(self) -> list[tuple[str, str]]:
        """The fields one by one, with their names: each can be withdrawn alone."""
        return list(zip(self.consent.fields, self.fields, strict=True))


def lines_of(consents: Iterable[Consent], labels: Mapping[str, str]) -> list[ConsentLine]:
    """Consents in words; `labels` are those of the fields by record.code."""
    return [
        ConsentLine(
            one,
            PURPOSES.get(one.purpose, one.purpose),
            tuple(labels.get(name, name) for name in one.fields),
            one.proven_by,
            recipient_words(one.notice, one.recipient_id),
            _guardian_words(guardian_of(sealed_values(one, "guardian"))),
        )
        for one in consents
    ]


def recipient_words(notice: PrivacyNotice, recipient_id: UUID | None) -> str:
    """To whom a consent lets information be given, by the name that the notice tells; empty for the company itself."""
    if recipient_id is None:
        return ""
    told = next((one for one in notice.recipients if one["entity"] == str(recipient_id)), None)
    return told["name"] if told else "另一家公司"


def _guardian_words(guardian: Guardian | None) -> str:
    return f"监护人{masked('name', guardian.name)}（{guardian.relation}）" if guardian else ""
