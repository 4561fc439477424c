"""Reads of privacy notices (隐私告知)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property, lru_cache
from time import monotonic
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.database.scope import require_scope
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import require
from guiju.organisations.registry import PURPOSES
from guiju.privacy.ages import is_pupil
from guiju.privacy.models import Collection, PrivacyNotice, Subject
from guiju.privacy.terms import ASKED_APART, AgeGroup, Basis


@dataclass(frozen=True)
class Told:
    """What a notice tells of: record.code to the purposes, each with its basis. Empty without a notice.

    `kept` is for how many months after the relation it says that each is kept, where it gives a number.
    """

    notice_id: UUID | None = None
    items: Mapping[str, Mapping[str, str]] | None = None
    recipients: Sequence[Mapping[str, Any]] = ()
    kept: Mapping[str, int] = field(default_factory=dict)

    def purposes_of(self, record: str, code: str) -> Mapping[str, str]:
        return (self.items or {}).get(f"{record}.{code}", {})

    @cached_property
    def reach(self) -> Mapping[str, frozenset[str]]:
        """Purpose to the fields (record.code) that the notice names for it: how far a consent to it goes."""
        found: dict[str, set[str]] = {}
        for name, uses in (self.items or {}).items():
            for purpose in uses:
                found.setdefault(purpose, set()).add(name)
        return {purpose: frozenset(names) for purpose, names in found.items()}

    def given_to(self, recipient_id: UUID, purpose: str) -> frozenset[str]:
        """The fields (record.code) that another handler gets for a purpose, each person asked; none for any other."""
        return frozenset(
            name
            for one in self.recipients
            if one["entity"] == str(recipient_id) and one["sort"] == PROVIDING and purpose in one["purposes"]
            for name in one["fields"]
        )

    @property
    def asking(self) -> frozenset[str]:
        """The purposes for which somebody is asked."""
        told = (self.items or {}).values()
        return frozenset(purpose for uses in told for purpose, basis in uses.items() if basis == Basis.CONSENT)


PROVIDING = "provide"


def givings_of(notice: PrivacyNotice) -> list[tuple[UUID, str, str]]:
    """Whom people are asked about beside (对提供的单独同意): a company, a purpose, and all that has to be told of it."""
    labels = {name: item["label"] for name, item in notice.items.items()}
    return [
        (
            UUID(one["entity"]),
            purpose,
            f"把您的信息提供给{one['name']}（联系方式：{one['contact']}），用于{PURPOSES.get(purpose, purpose)}；"
            "处理方式：在客户系统里查看和使用；"
            f"信息种类：{'、'.join(dict.fromkeys(labels.get(name, name) for name in one['fields']))}",
        )
        for one in notice.recipients
        if one["sort"] == PROVIDING
        for purpose in one["purposes"]
    ]


def told_by(notice: PrivacyNotice | None) -> Told:
    if notice is None:
        return Told()
    items = notice.items.items()
    kept = {name: months for name, item in items if (months := item.get("retention")) is not None}
    return Told(notice.pk, {name: item["uses"] for name, item in items}, notice.recipients, kept)


def notice_in_force(entity_id: UUID, *, at: datetime | None = None) -> PrivacyNotice | None:
    """The notice that holds now, or held at a moment."""
    require_scope()
    found = PrivacyNotice.objects.filter(entity_id=entity_id, corrected_by=None)
    if at is None:
        return found.filter(ended_at=None).first()
    return found.filter(Q(ended_at=None) | Q(ended_at__gt=at), published_at__lte=at).first()


@dataclass(frozen=True)
class Outgrown:
    """A purpose of an earlier notice for which the one in force names more, and rests it on consent.

    With a recipient it is about what that one gets; `is_new` where the earlier notice didn't name it for the purpose,
    so that it concerns whoever consented to something under that notice.
    """

    notice_id: UUID
    purpose: str
    labels: tuple[str, ...]
    recipient_id: UUID | None = None
    recipient: str = ""
    is_new: bool = False


def outgrown_by_now(entity_id: UUID) -> list[Outgrown]:
    """Whose consents reach less far than what people are told now, by notice and purpose; wording counts for nothing."""
    now = notice_in_force(entity_id)
    if now is None:
        return []
    asked: dict[str, list[str]] = {}
    for name, item in now.items.items():
        for purpose, basis in item["uses"].items():
            if basis == Basis.CONSENT and item["consent"] not in ASKED_APART:
                asked.setdefault(purpose, []).append(name)
    givings = [(company, purpose) for company, purpose, _ in givings_of(now)]
    labels = {name: item["label"] for name, item in now.items.items()}
    called = {UUID(one["entity"]): one["name"] for one in now.recipients}
    found = []
    for before in PrivacyNotice.objects.filter(entity_id=entity_id).exclude(pk=now.pk):
        reach = told_of(before.pk).reach
        for purpose, names in asked.items():
            more = tuple(now.items[name]["label"] for name in names if name not in reach.get(purpose, ()))
            if purpose in reach and more:
                found.append(Outgrown(before.pk, purpose, more))
        for company, purpose in givings:
            then, wider = (told_of(one.pk).given_to(company, purpose) for one in (before, now))
            if names := sorted(wider - then):
                more = tuple(labels.get(one, one) for one in names)
                found.append(Outgrown(before.pk, purpose, more, company, called[company], is_new=not then))
    return found


def handles_minors(entity: Entity, *, on: date) -> bool:
    """Whether a company handles minors' information: it teaches pupils, or holds somebody who is under eighteen."""
    require_scope()
    if is_pupil(AgeGroup.UNKNOWN, entity.sector):
        return True
    return Subject.objects.filter(entity=entity, minor_until__gte=on, erased_at=None).exists()


def has_notice(entity_id: UUID) -> bool:
    """Whether a company has told people anything yet; remembered, since only the next notice ends one."""
    require_scope()
    if entity_id not in _telling and PrivacyNotice.objects.filter(entity_id=entity_id, ended_at=None).exists():
        _telling.add(entity_id)
    return entity_id in _telling


_telling: set[UUID] = set()


def notices_for(member: Member, entity_id: UUID) -> QuerySet[PrivacyNotice]:
    """All versions, the newest first; raises `NotAllowed`."""
    require(member, "catalogue.read", on=entity_id)
    return all_notices(entity_id)


def all_notices(entity_id: UUID) -> QuerySet[PrivacyNotice]:
    """The same for everybody: what was told is no secret; the newest day first."""
    require_scope()
    return PrivacyNotice.objects.filter(entity_id=entity_id).order_by("-published_at", "-version")


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
    return {one: told_of(_notices[one]) for one in wanted}


_MOST_REMEMBERED = 20_000
_notices: dict[UUID, UUID | None] = {}
"""Which notice held at a collection; remembered, since neither that nor the notice ever changes."""


def told_of(notice_id: UUID | None) -> Told:
    """What a notice tells of; remembered, since what was published stays as it was.

    One that was put down for earlier days may have been corrected meanwhile, by another process too: what people were
    really shown holds within a second.
    """
    found = _told_of(notice_id)
    return _told_lately(notice_id, int(monotonic())) if found is None else found


@lru_cache(maxsize=1000)
def _told_of(notice_id: UUID | None) -> Told | None:
    """What a notice of this system tells of; None of one that can be corrected."""
    if notice_id is None:
        return Told()
    found = PrivacyNotice.objects.get(pk=notice_id)
    return told_by(found) if found.registered_at is None else None


@lru_cache(maxsize=100)
def _told_lately(notice_id: UUID, second: int) -> Told:
    found = PrivacyNotice.objects.select_related("corrected_by").get(pk=notice_id)
    return told_by(found.corrected_by or found)


def forget_corrected() -> None:
    """Let what was corrected just now hold at once in this process."""
    _told_lately.cache_clear()
