"""Customers narrowed to some (查找与筛选): by name, pinyin, phone and what lists filter by, as a reading allows it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import F, Q, QuerySet, UUIDField, Value
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.naming import named
from guiju.customers.selectors.narrowing import BY_FIELD, narrowed
from guiju.customers.selectors.reading import RESOURCE, Reading
from guiju.customers.selectors.tagged import TAGS_KEPT, tags_show
from guiju.customers.values import TAIL_DIGITS, keys_of_phone
from guiju.kernel.identifiers import Invalid, phone
from guiju.organisations.permissions import treatment_of
from guiju.organisations.registry import Treatment
from guiju.organisations.services.disclosures import note_lookup
from guiju.privacy.ages import TREATED_AS_PUPILS
from guiju.privacy.models import IS_FROZEN, Subject
from guiju.privacy.selectors.consents import agreed_to_giving

MASKED = Treatment.MASKED


@dataclass(frozen=True)
class CustomerFilter:
    """What a list is narrowed to. `search` is a part of the name or its pinyin, a whole phone, or its last four digits.

    `owner` is me, none or the id of a member, `quiet` for how many days nobody spoke to them, `consent` the purpose to
    which they consent, `agreed` and `withdrew` the month (2026-11) in which they did to marketing, `values` what fields with choices hold. All of it is as it was typed.
    """

    search: str = ""
    kind: str = ""
    level: str = ""
    source: str = ""
    owner: str = ""
    tag: str = ""
    region: str = ""
    quiet: str = ""
    made_from: str = ""
    made_to: str = ""
    consent: str = ""
    agreed: str = ""
    withdrew: str = ""
    values: tuple[tuple[str, str], ...] = ()

    def of(self, rows: QuerySet[Customer], reading: Reading) -> QuerySet[Customer]:
        if kind := self.kind.replace("\x00", ""):
            rows = rows.filter(kind=kind)
        if tag := self.tag.replace("\x00", ""):
            # Said twice, so that the index is used, which holds only those who have any.
            rows = rows.filter(tags_show(reading), tags__contains=[tag]).exclude(tags=[])
        rows = narrowed(rows, self, reading)
        words = self.search.replace("\x00", "").strip()
        # Nobody is found by what may only be stored.
        kept = [f"person.{name}" for name in BY_FIELD if getattr(self, name)] + [*TAGS_KEPT] * bool(self.tag)
        if words:
            rows = rows.filter(_found_by(words, reading))
            return rows.filter(is_usable(*kept)) if kept else rows
        return rows.filter(is_usable(*kept)) if any(vars(self).values()) else rows


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
    known = reading.fields(reading.member.entity_id, Customer.Kind.PERSON)["name"]
    is_for_people = reading.purpose in known.uses
    found = _by_name(words, reading, is_for_people=is_for_people) & is_usable("person.name")
    found &= reading.may_be_given("person.name")
    return found if is_for_people else found & Q(kind=Customer.Kind.COMPANY)


def _by_name(words: str, reading: Reading, *, is_for_people: bool) -> Q:
    """By a part of the name, or of the name of somebody who was merged into them: few are, an index has them."""
    # Asked on its own, as for phones: within the other question it would keep the index of names from being used.
    rows = Customer.objects.filter(named(words), is_usable("person.name"), entity_id__in=reading.sight.scope)
    merged = rows.filter(merged_into__isnull=False).annotate(kept=F("merged_into_id"))[:_MOST_BY_KEY]
    # In one statement with it, who may be a minor of this name: each as an index leads to them.
    seen = reading.sight.of(rows, owner="owner").filter(erased_at=None)
    minors = [
        seen.filter(one).annotate(kept=Value(None, UUIDField()))[:_MOST_LOOKED_AT] for one in _may_be_minors(reading)
    ]
    columns = "kept", "pk"
    parts = [one.values_list(*columns) for one in (minors if is_for_people else [])]
    told = list(merged.values_list(*columns).union(*parts, all=True))
    _count_shut({pk for into, pk in told if into is None}, reading)
    kept = [into for into, _ in told if into is not None]
    return named(words) | Q(pk__in=kept) if kept else named(words)


_MOST_BY_KEY, _MOST_LOOKED_AT = 10_000, 50


def _may_be_minors(reading: Reading) -> tuple[Q, Q]:
    """Who may be one, as far as the database knows, for their birthdays lie sealed: of whom it is known, and pupils."""
    known = Subject.objects.filter(entity_id__in=reading.sight.scope, minor_until__gte=reading.on)
    pupils = Q(entity__sector__in=TREATED_AS_PUPILS, subject__is_stated_adult=False, subject__minor_until=None)
    return Q(subject__in=known.values("pk")), pupils


def _count_shut(found: Collection[UUID], reading: Reading) -> None:
    """Count a search that tells something of a minor who shows masked to this member; raises `Refused` for who asks
    too often.

    To find them, or not, by what is masked is to see it. Whoever was allowed to see them asks as often as they like.
    """
    if found:
        rows = Customer.objects.filter(pk__in=found).select_related("subject")
        if any(reading.refusal_of_minor(one) for one in rows):
            note_lookup(code=f"{RESOURCE}.minor", actor=reading.member, at=timezone.now())


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
(SELECT DISTINCT found.id, holding.subject_id, holding.field, false FROM holding
JOIN customers_customer found ON found.id = holding.id
LEFT JOIN privacy_subject whose ON whose.id = holding.subject_id
LEFT JOIN privacy_subject person ON person.id = found.subject_id
WHERE person.frozen_at IS NULL AND whose.frozen_at IS NULL
AND NOT COALESCE(whose.frozen_fields ? holding.field, false)
LIMIT %(most)s)
UNION ALL
(SELECT alike.id, NULL::uuid, '', true FROM customers_customer alike
JOIN privacy_subject minor ON minor.id = alike.subject_id
JOIN organisations_entity company ON company.id = alike.entity_id
WHERE alike.entity_id = %(entity)s AND alike.tail_key = %(tail)s AND alike.erased_at IS NULL
AND (minor.minor_until >= %(on)s
     OR (minor.minor_until IS NULL AND NOT minor.is_stated_adult AND company.sector = ANY(%(schools)s)))
LIMIT %(looked_at)s)
"""
"""Whose phone it is, or was before they were merged, or a contact's: nobody of whom it may only be stored. Then, true
beside them, who may be a minor with the same last digits: these show of a masked phone, so any answer tells of theirs.

Written out: building these questions took longer than asking them.
"""


def _may_look_up(reading: Reading) -> dict[UUID, Treatment]:
    """The companies in which a member may ask whose a phone is, and how they see it there; raises `Refused` for who
    asks too often.

    Whoever sees nothing of a phone doesn't find out whose it is. To who sees it masked the answer tells it: that is
    counted, and done within their own company only.
    """
    treatments, home = _treatments(reading), reading.member.entity_id
    if treatments.get(home) is MASKED:
        note_lookup(code=f"{RESOURCE}.phone", actor=reading.member, at=timezone.now())
    return {one: how for one, how in treatments.items() if how is Treatment.CLEAR or (how is MASKED and one == home)}


def _treatments(reading: Reading) -> dict[UUID, Treatment]:
    """How a phone shows, by company."""
    return {
        entity: MASKED if reading.is_masked else treatment_of(reading.member, RESOURCE, "phone", reading.sight, entity)
        for entity in reading.sight.scope
    }


def _by_key(column: str, place: int, digits: str, reading: Reading) -> Q:
    """The keys differ from company to company."""
    found: set[UUID] = set()
    minors: set[UUID] = set()
    for entity, how in _may_look_up(reading).items():
        keys = keys_of_phone(entity, digits)
        asked: dict[str, Any] = {"entity": entity, "key": keys[place], "tail": keys[1], "most": _MOST_BY_KEY}
        asked |= {"on": reading.on, "schools": sorted(TREATED_AS_PUPILS), "looked_at": _MOST_LOOKED_AT}
        with connection.cursor() as cursor:
            cursor.execute(_LED_TO.format(column=column), asked)
            rows = cursor.fetchall()
        found.update(_given(entity, [tuple(leading) for *leading, is_minor in rows if not is_minor], reading))
        if how is Treatment.CLEAR:
            # Who sees phones masked has been counted for asking.
            minors.update(pk for pk, *_, is_minor in rows if is_minor)
    _count_shut(minors, reading)
    return Q(pk__in=found)


def _given(entity: UUID, rows: Sequence[tuple[UUID, UUID | None, str]], reading: Reading) -> set[UUID]:
    """To whom a phone leads: in a company that provides (提供) only by those who agreed that this one gets it."""
    if entity not in reading.sight.provided:
        return {pk for pk, _, _ in rows}
    asked = {"recipient_id": reading.sight.home, "purpose": reading.purpose}
    agreed = agreed_to_giving([whose for _, whose, _ in rows if whose], **asked)  # type: ignore[arg-type]
    return {pk for pk, whose, field in rows if whose is None or field in agreed.get(whose, ())}
