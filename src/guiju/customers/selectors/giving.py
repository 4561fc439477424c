"""Of whose people another company of the group may be given something (提供), and what of them it got to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q

from guiju.organisations.permissions import Sight
from guiju.privacy.ages import mark_of_children
from guiju.privacy.models import Consent
from guiju.privacy.selectors.notices import told_of

Shown = dict[UUID, dict[UUID, set[str]]]
"""By company the records of which something showed, each with the fields (record.code)."""


def given_to(sight: Sight, purpose: str, on: date, name: str = "") -> Q:
    """Of a company that provides (提供) only those who agreed that this one gets theirs for the purpose, and where one
    is named, this field (record.code)."""
    agreed = Consent.objects.filter(
        entity_id__in=sight.provided, recipient_id=sight.home, purpose=purpose, ended_at=None
    )
    by_guardian = Q(subject_id__in=agreed.filter(by_guardian=True).values("subject_id"))
    own = Q(subject_id__in=agreed.values("subject_id"))
    is_child = Q(subject__minor_until__isnull=False, subject__minor_until__gte=mark_of_children(on))
    given = by_guardian | (own & ~is_child)
    if name and sight.provided:
        notices = set(agreed.values_list("notice_id", flat=True))
        silent = [one for one in notices if name not in told_of(one).given_to(sight.home, purpose)]
        given &= ~Q(subject_id__in=agreed.filter(notice_id__in=silent).values("subject_id"))
    return ~Q(entity_id__in=sight.provided) | Q(subject=None) | given


def add_shown(shown: Shown, entity_id: UUID, record_id: UUID, names: Iterable[str]) -> None:
    shown.setdefault(entity_id, {}).setdefault(record_id, set()).update(names)


def add_all_shown(shown: Shown, more: Mapping[UUID, Mapping[UUID, Iterable[str]]]) -> None:
    """What a part of a page showed beside what the page did: of one record both count."""
    for entity_id, people in more.items():
        for record_id, names in people.items():
            add_shown(shown, entity_id, record_id, names)
