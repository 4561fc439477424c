"""Reads of the ways to people: which channels a company has, what a member prefers, which words are used."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.conf import settings

from guiju.database.scope import scope_with
from guiju.notifications.models import Channel, Preference, SmsText, Sort, Wording
from guiju.notifications.registry import NoticeKind
from guiju.organisations.models import EntityPath, Member

STAFF_ROUTE = (Sort.WECOM_APP, Sort.SMTP)
"""How members are told who have chosen nothing."""


def channels_of(entity_id: UUID) -> dict[Sort, Channel]:
    """The channels that a company sends over: its own, else that of the nearest company above.

    Short messages only its own: the signature is that of one legal person.
    """
    return channels_of_many([entity_id])[entity_id]


def channels_of_many(entity_ids: Collection[UUID]) -> dict[UUID, dict[Sort, Channel]]:
    """The same of each of several companies."""
    paths = EntityPath.objects.filter(descendant_id__in=entity_ids).order_by("depth")
    above = list(paths.values_list("descendant_id", "ancestor_id"))
    companies = {ancestor for _, ancestor in above}
    set_up: dict[UUID, list[Channel]] = defaultdict(list)
    with scope_with(*companies):
        for one in Channel.objects.filter(entity_id__in=companies, ended_at=None):
            set_up[one.entity_id].append(one)
    found: dict[UUID, dict[Sort, Channel]] = {one: {} for one in entity_ids}
    for company, ancestor in above:
        for one in set_up[ancestor]:
            if one.sort != Sort.SMS or ancestor == company:
                found[company].setdefault(Sort(one.sort), one)
    return found


def sorts_open_to(entity_id: UUID) -> frozenset[Sort]:
    return frozenset(channels_of(entity_id))


def sends_codes(entity_id: UUID) -> bool:
    """Whether a code to somebody's phone reaches them: by the company's short messages, in a demo on a page."""
    open_ones = sorts_open_to(entity_id)
    return Sort.SMS in open_ones or (settings.GUIJU_IS_DEMO and not open_ones)


def preference_of(member: Member) -> Preference:
    """What a member has chosen, or the defaults, unsaved."""
    found = Preference.objects.filter(member=member).first()
    return found or Preference(entity_id=member.entity_id, member=member, route=[str(one) for one in STAFF_ROUTE])


@dataclass(frozen=True)
class Words:
    """A title and a text with variables, and which version of the company's they are (0: built in)."""

    title: str
    text: str
    version: int = 0


def wording_of(entity_id: UUID, kind: NoticeKind) -> Words:
    found = Wording.objects.filter(entity_id=entity_id, kind=kind.code, ended_at=None).first()
    return Words(found.title, found.text, found.version) if found else Words(kind.title, kind.text)


def signatures_of_many(entity_ids: Collection[UUID]) -> dict[UUID, SmsText]:
    """The signature of each of several companies that has registered one."""
    with scope_with(*entity_ids):
        rows = SmsText.objects.filter(entity_id__in=entity_ids, kind="", ended_at=None)
        return {one.entity_id: one for one in rows}


def sms_texts_of(entity_id: UUID) -> dict[str, SmsText]:
    """What a company has registered with its provider: templates by kind, the signature under no kind."""
    with scope_with(entity_id):
        return {one.kind: one for one in SmsText.objects.filter(entity_id=entity_id, ended_at=None)}
