"""Customers narrowed to some (查找与筛选): by name, pinyin, phone and what lists filter by, as a reading allows it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.naming import named
from guiju.customers.selectors.reading import RESOURCE, Reading
from guiju.customers.values import TAIL_DIGITS, keys_of_phone
from guiju.kernel.identifiers import Invalid, phone
from guiju.organisations.permissions import treatment_of
from guiju.organisations.registry import Treatment
from guiju.organisations.services.disclosures import note_lookup
from guiju.privacy.models import IS_FROZEN, Subject
from guiju.privacy.selectors.consents import agreed_to_giving

MASKED = Treatment.MASKED


@dataclass(frozen=True)
class CustomerFilter:
    """What a list is narrowed to. `search` is a part of the name or its pinyin, a whole phone, or its last four digits."""

    search: str = ""
    kind: str = ""
    level: str = ""
    source: str = ""
    owner: str = ""
    tag: str = ""

    def of(self, rows: QuerySet[Customer], reading: Reading) -> QuerySet[Customer]:
        for name in ("kind", "level", "source"):
            if value := getattr(self, name).replace("\x00", ""):
                rows = rows.filter(**{name: value})
        if tag := self.tag.replace("\x00", ""):
            rows = rows.filter(tags__contains=[tag])
        if self.owner == "me":
            rows = rows.filter(owner_id=reading.member.pk)
        elif self.owner == "none":
            rows = rows.filter(owner=None)
        words = self.search.replace("\x00", "").strip()
        # Nobody is found by what may only be stored.
        if words:
            return rows.filter(_found_by(words, reading))
        return rows.filter(is_usable()) if any(vars(self).values()) else rows


def is_usable(*names: str) -> Q:
    """Who isn't stored only, wholly or with one of these fields (record.code).

    Few people are: their ids are gathered by an index, where a join would look at everybody.
    """
    frozen = Q(frozen_at__isnull=False)
    if names:
        frozen |= Q(frozen_fields__has_any_keys=list(names))
    some = Subject.objects.filter(frozen, IS_FROZEN)
    return Q(subject=None) | ~Q(subject__in=some.values("pk"))


def _found_by(words: str, reading: Reading) -> Q:
    """By phone where it is one (all digits, or the last four), else by a part of the name."""
    if is_tail(words):
        return _by_key("tail_key", 1, words, reading)
    number = _phone(words)
    return _by_key("phone_key", 0, number, reading) if number else _by_name_for(words, reading)


def is_tail(words: str) -> bool:
    """Whether customers are searched for by the last digits of their phone."""
    return len(words) == TAIL_DIGITS and all(letter.isdigit() for letter in words)


def _phone(words: str) -> str:
    try:
        return phone.check(words)
    except Invalid:
        return ""


def is_counted(words: str, reading: Reading) -> bool:
    """Whether to search for this is to ask whose a phone is that shows masked: so often a day, and no more."""
    return bool(is_tail(words) or _phone(words)) and _treatments(reading).get(reading.member.entity_id) is MASKED


def _by_name_for(words: str, reading: Reading) -> Q:
    """By a part of the name; of persons only where names were collected for the purpose, and given to this company."""
    found = _by_name(words, reading) & is_usable("person.name") & reading.may_be_given("person.name")
    known = reading.fields(reading.member.entity_id, Customer.Kind.PERSON)["name"]
    return found if reading.purpose in known.uses else found & Q(kind=Customer.Kind.COMPANY)


def _by_name(words: str, reading: Reading) -> Q:
    """By a part of the name, or of the name of somebody who was merged into them: few are, an index has them."""
    # Asked on its own, as for phones: within the other question it would keep the index of names from being used.
    merged = Customer.objects.filter(
        named(words), is_usable("person.name"), entity_id__in=reading.sight.scope, merged_into__isnull=False
    )
    kept = list(merged.values_list("merged_into_id", flat=True)[:_MOST_BY_KEY])
    return named(words) | Q(pk__in=kept) if kept else named(words)


_MOST_BY_KEY = 10_000

_LED_TO = """
WITH holding AS (
    SELECT id, subject_id, 'person.phone' AS field FROM customers_customer
    WHERE entity_id = %(entity)s AND {column} = %(key)s AND merged_into_id IS NULL
    UNION ALL
    SELECT merged_into_id, subject_id, 'person.phone' FROM customers_customer
    WHERE entity_id = %(entity)s AND {column} = %(key)s AND merged_into_id IS NOT NULL
    UNION ALL
    SELECT customer_id, subject_id, 'contact.phone' FROM customers_contact
    WHERE entity_id = %(entity)s AND {column} = %(key)s AND ended_at IS NULL
)
SELECT DISTINCT found.id, holding.subject_id, holding.field FROM holding
JOIN customers_customer found ON found.id = holding.id
LEFT JOIN privacy_subject whose ON whose.id = holding.subject_id
LEFT JOIN privacy_subject person ON person.id = found.subject_id
WHERE person.frozen_at IS NULL AND whose.frozen_at IS NULL
AND NOT COALESCE(whose.frozen_fields ? holding.field, false)
LIMIT %(most)s
"""
"""Whose phone it is, or was before they were merged, or a contact's: nobody of whom it may only be stored.

Written out: building these questions took longer than asking them.
"""


def _may_look_up(reading: Reading) -> list[UUID]:
    """The companies in which a member may ask whose a phone is; raises `Refused` for who asks too often.

    Whoever sees nothing of a phone doesn't find out whose it is. To who sees it masked the answer tells it: that is
    counted, and done within their own company only.
    """
    treatments, home = _treatments(reading), reading.member.entity_id
    if treatments.get(home) is MASKED:
        note_lookup(code=f"{RESOURCE}.phone", actor=reading.member, at=timezone.now())
    return [one for one, how in treatments.items() if how is Treatment.CLEAR or (how is MASKED and one == home)]


def _treatments(reading: Reading) -> dict[UUID, Treatment]:
    """How a phone shows, by company."""
    return {
        entity: MASKED if reading.is_masked else treatment_of(reading.member, RESOURCE, "phone", reading.sight, entity)
        for entity in reading.sight.scope
    }


def _by_key(column: str, place: int, digits: str, reading: Reading) -> Q:
    """The keys differ from company to company."""
    found: set[UUID] = set()
    for entity in _may_look_up(reading):
        key = keys_of_phone(entity, digits)[place]
        with connection.cursor() as cursor:
            cursor.execute(_LED_TO.format(column=column), {"entity": entity, "key": key, "most": _MOST_BY_KEY})
            found.update(_given(entity, cursor.fetchall(), reading))
    return Q(pk__in=found)


def _given(entity: UUID, rows: Sequence[tuple[UUID, UUID | None, str]], reading: Reading) -> set[UUID]:
    """To whom a phone leads: in a company that provides (提供) only by those who agreed that this one gets it."""
    if entity not in reading.sight.provided:
        return {pk for pk, _, _ in rows}
    asked = {"recipient_id": reading.sight.home, "purpose": reading.purpose}
    agreed = agreed_to_giving([whose for _, whose, _ in rows if whose], **asked)  # type: ignore[arg-type]
    return {pk for pk, whose, field in rows if whose is None or field in agreed.get(whose, ())}
