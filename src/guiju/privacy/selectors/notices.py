"""Reads of privacy notices (隐私告知)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.database.scope import require_scope
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import require
from guiju.privacy.ages import is_pupil
from guiju.privacy.models import Collection, PrivacyNotice, Subject
from guiju.privacy.terms import AgeGroup, Basis


@dataclass(frozen=True)
class Told:
    """What a notice tells of: record.code to the purposes, each with its basis. Empty without a notice."""

    notice_id: UUID | None = None
    items: Mapping[str, Mapping[str, str]] | None = None

    def purposes_of(self, record: str, code: str) -> Mapping[str, str]:
        return (self.items or {}).get(f"{record}.{code}", {})

    @property
    def asking(self) -> frozenset[str]:
        """The purposes for which somebody is asked."""
        told = (self.items or {}).values()
        return frozenset(purpose for uses in told for purpose, basis in uses.items() if basis == Basis.CONSENT)


def told_by(notice: PrivacyNotice | None) -> Told:
    if notice is None:
        return Told()
    return Told(notice.pk, {name: item["uses"] for name, item in notice.items.items()})


def notice_in_force(entity_id: UUID, *, at: datetime | None = None) -> PrivacyNotice | None:
    """The notice that holds now, or held at a moment."""
    require_scope()
    found = PrivacyNotice.objects.filter(entity_id=entity_id)
    if at is None:
        return found.filter(ended_at=None).first()
    return found.filter(Q(ended_at=None) | Q(ended_at__gt=at), published_at__lte=at).first()


def handles_minors(entity: Entity, *, on: date) -> bool:
    """Whether a company handles minors' information: it teaches pupils, or holds somebody who is under eighteen."""
    require_scope()
    if is_pupil(AgeGroup.UNKNOWN, entity.sector):
        return True
    return Subject.objects.filter(entity=entity, minor_until__gte=on, erased_at=None).exists()


def has_notice(entity_id: UUID) -> bool:
    """Whether a company has told people anything yet."""
    require_scope()
    return PrivacyNotice.objects.filter(entity_id=entity_id, ended_at=None).exists()


def notices_for(member: Member, entity_id: UUID) -> QuerySet[PrivacyNotice]:
    """All versions, the newest first; raises `NotAllowed`."""
    require(member, "catalogue.read", on=entity_id)
    require_scope()
    return PrivacyNotice.objects.filter(entity_id=entity_id).order_by("-version")


def told_at_each(collections: Iterable[UUID]) -> Mapping[UUID, Told]:
    """What people were told when values came in, by collection; raises `LookupError` for one that isn't there."""
    require_scope()
    wanted = set(collections)
    if unknown := wanted - _notices.keys():
        found = dict(Collection.objects.filter(pk__in=unknown).values_list("pk", "notice_id"))
        if missing := unknown - found.keys():
            raise LookupError(f"no such collection: {missing.pop()}")
        if len(_notices) > _MOST_REMEMBERED:
            _notices.clear()
        _notices.update(found)
    return {one: _told(_notices[one]) for one in wanted}


_MOST_REMEMBERED = 20_000
_notices: dict[UUID, UUID | None] = {}
"""Which notice held at a collection; remembered, since neither that nor the notice ever changes."""


@lru_cache(maxsize=1000)
def _told(notice_id: UUID | None) -> Told:
    return told_by(PrivacyNotice.objects.get(pk=notice_id) if notice_id else None)
