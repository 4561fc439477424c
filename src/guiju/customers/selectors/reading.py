"""Reads of customers for one purpose (为一个目的查看客户): what may be used for it, as the member may see it.

A value shows when it was collected for the purpose and the consent that it needs is in force, and then
clear, masked or not at all, as the matrix says. Lists, details, exports and the API all read here.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils import timezone

from guiju.customers.models import Contact, Customer, Holder
from guiju.customers.records import TAG
from guiju.customers.selectors.cells import Cell, How, Verdict, Verdicts, shows, shut
from guiju.customers.selectors.giving import Shown, add_all_shown, add_shown, given_to
from guiju.customers.selectors.using import (
    MARKETING,
    REFUSED,
    asks_along,
    goes_along,
    is_refused,
    refused_of,
    why_not,
)
from guiju.customers.showing import names_opened_by
from guiju.customers.values import born, collection_named, origin_of, values_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity, Member, Reach
from guiju.organisations.permissions import Sight, reach_of, refusal_of, sight_of, treatment_of, unmasked_for
from guiju.organisations.registry import PURPOSES, Treatment
from guiju.organisations.selectors import seeing
from guiju.organisations.selectors.people import member_names
from guiju.organisations.services.disclosures import note_minors_seen
from guiju.privacy.ages import answerer_of, asks_about_each, is_older, is_pupil
from guiju.privacy.collecting import Circumstances, refusal_to_see, rests_on_consent
from guiju.privacy.fields import Field
from guiju.privacy.masking import LABELS, treated_as
from guiju.privacy.models import Consent
from guiju.privacy.registry import RECORDS
from guiju.privacy.scanning import is_free_text, masked_text
from guiju.privacy.selectors.catalogue import catalogue_of
from guiju.privacy.selectors.consents import NOTHING, Standing, agreed_to_giving, consents_of, standing_by, standings_of
from guiju.privacy.selectors.minors import Open, minors_open_to
from guiju.privacy.selectors.notices import Told, told_at_each
from guiju.privacy.services.provisions import note_provided
from guiju.privacy.terms import AgeGroup, Answerer, FieldState

RESOURCE, NOTE = "customer", "note"


_NAME_ONLY = ("name",)
_Rows = TypeVar("_Rows", bound=Holder)
_Valued = Sequence[tuple[Holder, Mapping[str, str]]]
"""Records, each with its values."""


@dataclass(frozen=True)
class _Surroundings:
    """What people were told, by collection, and which addresses refuse what is commercial."""

    told: Mapping[UUID, Told]
    refused: Mapping[str, datetime]


@dataclass
class Reading:
    """Whose customers a member sees, for which purpose, on a day."""

    member: Member
    sight: Sight
    purpose: str
    on: date
    is_masked: bool = False
    """Whether nothing shows in the clear, whatever the member's roles say: in the pool."""
    _fields: dict[tuple[UUID, str], dict[str, Field]] = field(default_factory=dict)
    _sectors: dict[UUID, str] = field(default_factory=dict)
    _consents: dict[UUID, Sequence[Consent]] = field(default_factory=dict)
    _read: dict[UUID, Standing] = field(default_factory=dict)
    _unmasked: dict[UUID, frozenset[str]] = field(default_factory=dict)
    _verdicts: Verdicts = field(default_factory=Verdicts)
    _called: dict[UUID, str] = field(default_factory=dict)
    _given: dict[UUID, frozenset[str]] = field(default_factory=dict)
    _minors_open: Open | None = None
    _names: dict[UUID, bool] = field(default_factory=dict)
    minors_seen: dict[UUID, None] = field(default_factory=dict)
    """Records of minors of which something showed in the clear, for the log."""
    provided: Shown = field(default_factory=dict)
    """Of other companies the people of whom something showed, and which fields (record.code), for theirs."""

    def names(self, members: Iterable[UUID]) -> Mapping[UUID, str]:
        """What members are called; asked for once each, and one's own is known."""
        known = self._called or {self.member.pk: self.member.user.name}
        self._called = known | member_names(set(members) - known.keys())
        return self._called

    def customers(self) -> QuerySet[Customer]:
        """The customers in sight, the newest first."""
        found = self.sight.of(Customer.objects.filter(erased_at=None, hidden_at=None), owner="owner")
        if self.sight.provided:
            found = found.filter(self.may_be_given())
        return found.select_related("owner__user", "subject").order_by("-made_at", "-id")

    def may_be_given(self, name: str = "") -> Q:
        """Of a company that provides (提供) only those who agreed that this one gets theirs for the purpose, and where
        one is named, this field (record.code)."""
        return given_to(self.sight, self.purpose, self.on, name)

    def _given_of(self, holder: Holder) -> frozenset[str] | None:
        """Which fields (record.code) the person agreed to be given to this company; None where nobody is asked."""
        if holder.entity_id not in self.sight.provided or holder.subject_id is None:
            return None
        self._ask_given([holder])
        return self._given[holder.subject_id]

    def _ask_given(self, holders: Iterable[Holder]) -> None:
        """Ask that of all who aren't known yet: once for those who answer themselves, once for those with a guardian."""
        asked: dict[bool, list[UUID]] = {}
        for one in holders:
            if one.entity_id in self.sight.provided and one.subject_id and one.subject_id not in self._given:
                asked.setdefault(self.answerer(one) is Answerer.GUARDIAN, []).append(one.subject_id)
        for by_guardian, people in asked.items():
            agreed = agreed_to_giving(
                people, recipient_id=self.sight.home, purpose=self.purpose, by_guardian=by_guardian
            )
            self._given |= {pk: agreed.get(pk, frozenset()) for pk in people}

    def note_shown(self, holder: Holder, *names: str) -> None:
        """Keep that these fields (record.code) of somebody showed, where another company has the person."""
        if names and holder.entity_id != self.member.entity_id and holder.subject_id is not None:
            add_shown(self.provided, holder.entity_id, holder.pk, names)

    def customer(self, customer_id: UUID) -> Customer:
        found = self.customers().filter(pk=customer_id).first()
        if found is None:
            raise Missing("customer_missing", "没有这位客户，或您的角色看不到")
        return found

    def contacts_of(self, customer: Customer) -> QuerySet[Contact]:
        """The contacts of a customer in sight, the main one first."""
        rows = Contact.objects.filter(customer=customer, ended_at=None).select_related("subject")
        if customer.entity_id in self.sight.provided:
            rows = rows.filter(self.may_be_given())
        return rows.order_by("-is_main", "made_at", "pk")

    def past_contacts_of(self, customer: Customer) -> QuerySet[Contact]:
        """Those who are no longer contacted, and of whom something is kept still."""
        rows = Contact.objects.filter(customer=customer, ended_at__isnull=False, subject__erased_at=None)
        if customer.entity_id in self.sight.provided:
            rows = rows.filter(self.may_be_given())
        return rows.select_related("subject").order_by("-ended_at", "pk")

    def contact(self, contact_id: UUID) -> Contact:
        """A contact of a customer in sight, also one who is no longer contacted."""
        rows = Contact.objects.filter(pk=contact_id, subject__erased_at=None)
        found = rows.select_related("subject", "customer").first()
        if (
            found is None
            or not self.customers().filter(pk=found.customer_id).exists()
            or self._given_of(found) == frozenset()
        ):
            raise Missing("contact_missing", "没有这位联系人，或您的角色看不到")
        return found

    def fields(self, entity_id: UUID, record: str) -> dict[str, Field]:
        if (entity_id, record) not in self._fields:
            self._fields |= {(entity_id, kind): found for kind, found in catalogue_of(entity_id).items()}
        return self._fields[entity_id, record]

    def labels(self, holder: Holder) -> dict[str, str]:
        """What the fields of a record are called, and of all others that a consent may name, by record.code."""
        kinds = RECORDS if holder.subject_id else (holder.record,)
        return {
            f"{kind}.{code}": one.label for kind in kinds for code, one in self.fields(holder.entity_id, kind).items()
        }

    def sector(self, entity_id: UUID) -> str:
        if entity_id == self.member.entity_id:
            return str(self.member.entity.sector)
        if entity_id not in self._sectors:
            self._sectors[entity_id] = Entity.objects.values_list("sector", flat=True).get(pk=entity_id)
        return self._sectors[entity_id]

    def cells(self, holders: Iterable[Holder], *, codes: Container[str] | None = None) -> dict[UUID, dict[str, Cell]]:
        """What shows of each of these records, by field code; values that are empty are left out.

        A list that shows a few `codes` asks for no others, beside the name, by which the record is called.
        """
        rows = [(one, values_of(one)) for one in holders]
        around = self._surroundings(rows)
        self._ask_given(one for one, _ in rows)
        standings = self._standings(rows, around, codes)
        return {
            one.pk: self._cells_of(one, values, _standing(standings, one), around, codes=codes) for one, values in rows
        }

    def _standings(self, rows: _Valued, beside: _Surroundings, codes: Container[str] | None) -> Mapping[UUID, Standing]:
        """What these people consent to, as far as it decides about anything that shows: where all of that rests on
        something else, only of children."""
        kinds = {(one.entity_id, one.record) for one, _ in rows}
        fields = [known for kind in kinds for code, known in self.fields(*kind).items() if shows(code, codes)]
        notices = {one.notice_id: one for one in beside.told.values()}.values()
        tags = [known for entity_id in {one for one, _ in kinds} for known in self.fields(entity_id, TAG).values()]
        is_asked = (
            self.purpose == MARKETING
            or any(rests_on_consent(known, self.purpose, told) for known in fields for told in notices)
            or any(asks_along(known, self.purpose) for known in tags)
        )
        asked = [
            one.subject_id
            for one, values in rows
            if one.subject and one.subject_id and (is_asked or one.subject.age(born(values), self.on) is AgeGroup.CHILD)
        ]
        self._read = {}
        return self._asked(asked) if asked else {}

    def _asked(self, people: Iterable[UUID]) -> Mapping[UUID, Standing]:
        """What these people consent to, kept for whatever else is asked about the same rows."""
        found = standings_of(people)
        self._read.update((pk, found.get(pk, NOTHING)) for pk in people)
        return found

    def named(self, holders: Iterable[_Rows]) -> list[_Rows]:
        """These records, called by their name only where it may be used for the purpose (`shown_name`)."""
        found = list(holders)
        self.cells(found, codes=_NAME_ONLY)
        return found

    def cells_of(self, holder: Holder) -> dict[str, Cell]:
        """The same of one record, with what the member has unmasked in it."""
        values = values_of(holder)
        standing = standing_by(self.consents_of(holder)) if holder.subject_id else NOTHING
        around = self._surroundings([(holder, values)])
        return self._cells_of(holder, values, standing, around, self._unmasked_for(holder))

    def age(self, holder: Holder) -> AgeGroup:
        """How old the person of a record is."""
        return self._around(holder, {}, values_of(holder), NOTHING).age

    def is_age_waiting(self, holder: Holder) -> bool:
        """Whether a minor was made older, and nobody else has agreed to it yet."""
        birthday, mark = born(values_of(holder)), holder.subject.minor_until if holder.subject else None
        return birthday is not None and mark is not None and self.on <= mark and is_older(birthday, than=mark)

    def answerer(self, holder: Holder) -> Answerer:
        """Who is asked for the consents to what is held of somebody."""
        return answerer_of(self.age(holder), self.sector(holder.entity_id))

    def asks_about_each(self, holder: Holder) -> bool:
        """Whether somebody is asked about each field by itself, as children and pupils are."""
        return asks_about_each(self.age(holder), self.sector(holder.entity_id))

    def opens_name(self, holder: Holder) -> bool:
        """Whether a name shows in the clear; that of a minor is noted for the log."""
        if not self._may_be_minor(holder):
            return True
        if holder.pk not in self._names:
            is_minor = bool(self._refusal_to_see(holder, self.age(holder), is_approved=False))
            self._names[holder.pk] = not is_minor or (not self.is_masked and self._is_open(holder))
            if is_minor and self._names[holder.pk]:
                self.minors_seen[holder.pk] = None
        return self._names[holder.pk]

    def _may_be_minor(self, holder: Holder) -> bool:
        """Whether it is worth opening what lies sealed, to know how old somebody is."""
        subject = holder.subject
        if subject is None or (subject.is_stated_adult and subject.minor_until is None):
            return False
        has_mark = subject.minor_until is not None and self.on <= subject.minor_until
        return has_mark or is_pupil(AgeGroup.UNKNOWN, self.sector(holder.entity_id))

    def listed_text(self, holder: Holder, text: str, treat: Callable[[str], Treatment]) -> str:
        """A free text about somebody as it shows in a list: of a minor without the name, and with numbers masked."""
        if self.opens_name(holder):
            return masked_text(text, treat)
        return holder.without_name(masked_text(text, shut(treat)))

    def refusal_of_minor(self, holder: Holder) -> str:
        """Why the values of somebody who may be a minor show masked to this member; empty where they needn't."""
        age = self.age(holder)
        refusal = self._refusal_to_see(holder, age, is_approved=False)
        return self._refusal_to_see(holder, age, is_approved=self._is_open(holder)) if refusal else ""

    def _refusal_to_see(self, holder: Holder, age: AgeGroup, *, is_approved: bool) -> str:
        return refusal_to_see(age, self.sector(holder.entity_id), is_approved=is_approved, on=self.on)

    def _is_open(self, holder: Holder) -> bool:
        """Whether somebody allowed this member to see minors such as this one."""
        if self._minors_open is None:
            self._minors_open = minors_open_to(self.member, purpose=self.purpose, on=self.on)
        return self._minors_open.has(holder.subject_id, is_in_hands=is_in_hands(self.member, holder))

    def consents_of(self, holder: Holder) -> Sequence[Consent]:
        """All consents of the person behind a record, those in force first; asked once."""
        if holder.subject_id is None:
            return ()
        if holder.subject_id not in self._consents:
            self._consents[holder.subject_id] = list(consents_of(holder.subject_id))
        return self._consents[holder.subject_id]

    def _unmasked_for(self, holder: Holder) -> frozenset[str]:
        if holder.pk not in self._unmasked:
            self._unmasked[holder.pk] = unmasked_for(self.member, holder.pk)
        return self._unmasked[holder.pk]

    def _surroundings(self, rows: _Valued) -> _Surroundings:
        """What must be known about records beside their values, asked once for all of them."""
        told = told_at_each(collection_named(origin) for one, _ in rows for origin in one.origins.values())
        return _Surroundings(told, refused_of(rows) if self.purpose == MARKETING else {})

    def _cells_of(
        self,
        holder: Holder,
        values: Mapping[str, str],
        standing: Standing,
        beside: _Surroundings,
        unmasked: frozenset[str] = frozenset(),
        codes: Container[str] | None = None,
    ) -> dict[str, Cell]:
        fields = self.fields(holder.entity_id, holder.record)
        around = self._around(holder, fields, values, standing)
        is_minor = bool(self._refusal_to_see(holder, around.age, is_approved=False))
        is_shut = self.is_masked or (is_minor and not self._is_open(holder))
        how = How(unmasked, is_shut, self._given_of(holder))
        decided = self._verdicts.of(holder, around, how, beside.told)
        cells: dict[str, Cell] = {}
        for code, known in fields.items():
            if code not in values or not shows(code, codes):
                continue
            if code not in decided:
                decided[code] = self._verdict(holder, known, around, beside.told[origin_of(holder, code)], how)
            cells[code] = decided[code].cell(values[code])
            if is_refused(values[code], beside.refused, standing):
                cells[code] = Verdict(known, Treatment.HIDDEN, REFUSED).cell("")
        if "name" in cells and cells["name"].why:
            holder.name_kept_back = f"（不能用于{PURPOSES[self.purpose]}）"
        if isinstance(holder, Customer) and holder.tags and not holder.is_frozen("name"):
            holder.shown_tags = holder.tags if self._goes_along(holder, TAG, around) else ()
        if is_minor and any(one.stored for one in cells.values()):
            self.minors_seen[holder.pk] = None
        self.note_shown(holder, *(f"{holder.record}.{code}" for code, one in cells.items() if one.text))
        if isinstance(holder, Customer) and holder.shown_tags and codes != _NAME_ONLY:
            self.note_shown(holder, f"{TAG}.text")
        return cells

    def _around(
        self, holder: Holder, fields: Mapping[str, Field], values: Mapping[str, str], standing: Standing
    ) -> Circumstances:
        subject = holder.subject
        age = AgeGroup.ADULT if subject is None else subject.age(born(values), self.on)
        return Circumstances(fields, Told(), self.on, standing, age, self.sector(holder.entity_id))

    def _verdict(self, holder: Holder, known: Field, around: Circumstances, told: Told, how: How) -> Verdict:
        """How a field shows in a record, and in all like it."""
        why = why_not(holder, known, around, self.purpose, told)
        if not why and how.given is not None and f"{known.record}.{known.code}" not in how.given:
            why = "没有同意提供给本公司（个人信息保护法第二十三条）"
        if why:
            return Verdict(known, Treatment.HIDDEN, why)
        treatment = self._treatment(holder, known, how)
        if treatment is Treatment.CLEAR and is_free_text(known):
            return Verdict(known, treatment, treat=lambda one: self._category(holder, treated_as(one), how.unmasked))
        return Verdict(known, treatment)

    def may_read_consents(self, holder: Holder) -> bool:
        """Whether the member may read what this very person consented to: not of others, who merely are in sight."""
        sight = sight_of(self.member, "consent.read", on=self.on)
        if holder.entity_id in sight.entities:
            return True
        whose = holder.customer if isinstance(holder, Contact) else holder
        assert isinstance(whose, Customer)
        if sight.reach is None or whose.entity_id != sight.home:
            return False
        is_own = whose.owner_id is not None and whose.owner_id in sight.members
        return is_own or sight.of(Customer.objects.filter(pk=whose.pk), owner="owner").exists()

    def require_consents(self, holder: Holder) -> None:
        """Raise `NotAllowed` where the member may not read them."""
        if not self.may_read_consents(holder):
            raise refusal_of("consent.read")

    def may_use_notes(self, holder: Holder) -> bool:
        """Whether what was written down about a record may be used for the purpose (跟进内容)."""
        return self._notes_at(holder, NOTHING) or self._notes_at(holder, standing_by(self.consents_of(holder)))

    def with_usable_notes(self, holders: Iterable[Holder]) -> set[UUID]:
        """The same of many: those of whom what was written down may be used."""
        return self._usable(holders, self._notes_at)

    def _notes_at(self, holder: Holder, standing: Standing) -> bool:
        known, name = self.fields(holder.entity_id, NOTE)["text"], f"{NOTE}.text"
        given = self._given_of(holder)
        if known.state is not FieldState.ACTIVE or self.purpose not in known.uses or holder.has_frozen(NOTE):
            return False
        if given is not None and name not in given:
            return False
        # A note keeps no notice of its own: it was written for what the catalogue says.
        told = Told(items={name: known.uses})
        around = self._around(holder, {}, values_of(holder), standing)
        return holder.subject_id is None or around.is_usable(known, self.purpose, told)

    def _usable(self, holders: Iterable[Holder], may: Callable[[Holder, Standing], bool]) -> set[UUID]:
        """Of which of these it may; what people consent to is asked once for all about whom it decides."""
        found = list(holders)
        self._read |= {pk: standing_by(consents) for pk, consents in self._consents.items() if pk not in self._read}
        unknown = [one for one in found if one.subject_id and one.subject_id not in self._read]
        if asked := [one.subject_id for one in unknown if one.subject_id and not may(one, NOTHING)]:
            self._asked(asked)
        return {one.pk for one in found if may(one, _standing(self._read, one))}

    def may_use_beside(self, customer: Customer, record: str) -> bool:
        """Whether what a part above keeps of a customer in such records may be used for the purpose (订单, 商机)."""
        return self._beside_at(customer, record, standing_by(self.consents_of(customer)))

    def usable_beside(self, customers: Iterable[Customer], record: str) -> set[UUID]:
        """The same of many: those of whom it may."""
        return self._usable(customers, lambda one, standing: self._beside_at(one, record, standing))

    def _beside_at(self, holder: Holder, record: str, standing: Standing) -> bool:
        return self._goes_along(holder, record, self._around(holder, {}, values_of(holder), standing))

    def _goes_along(self, holder: Holder, record: str, around: Circumstances) -> bool:
        if holder.has_frozen(record):
            return False
        fields, given = self.fields(holder.entity_id, record).values(), self._given_of(holder)
        if holder.subject_id is None:
            return all(one.state is FieldState.ACTIVE and self.purpose in one.uses for one in fields)
        return all(
            goes_along(one, around, self.purpose) and (given is None or f"{record}.{one.code}" in given)
            for one in fields
        )

    def treat_text(self, holder: Holder) -> Callable[[str], Treatment]:
        """How the numbers in a free text about a record are shown, by their category."""
        unmasked = self._unmasked_for(holder)

        def treat(category: str) -> Treatment:
            return self._category(holder, treated_as(category), unmasked)

        return shut(treat) if self.refusal_of_minor(holder) else treat

    def _category(self, holder: Holder, category: str, unmasked: frozenset[str]) -> Treatment:
        """How a category of a record is shown; only what shows masked can have been unmasked."""
        found = treatment_of(self.member, RESOURCE, category, self.sight, holder.entity_id)
        return Treatment.CLEAR if found is Treatment.MASKED and f"{RESOURCE}.{category}" in unmasked else found

    def _treatment(self, holder: Holder, known: Field, how: How) -> Treatment:
        is_plain = known.category not in LABELS and known.visibility == "clear"
        category = treated_as(known.category)
        treatment = Treatment.CLEAR if is_plain else self._category(holder, category, how.unmasked)
        if known.visibility == "hidden" and treatment is Treatment.MASKED:
            return Treatment.HIDDEN
        return Treatment.MASKED if how.is_shut and treatment is Treatment.CLEAR else treatment


def is_in_hands(member: Member, holder: Holder) -> bool:
    """Whether what a member was allowed for all minors covers this one: of the own company, and of whose role goes no
    further, only those in one's own hands, not those of whom one stands in for."""
    if holder.entity_id != member.entity_id:
        return False
    is_own_only = reach_of(member, "customer.read") is Reach.OWN
    return not is_own_only or getattr(holder, "owner_id", None) == member.pk


def _standing(standings: Mapping[UUID, Standing], holder: Holder) -> Standing:
    """What the person behind a record consents to; a company consents to nothing."""
    return standings.get(holder.subject_id, NOTHING) if holder.subject_id else NOTHING


_OUTER: ContextVar[Reading | None] = ContextVar("guiju_outer_reading", default=None)


@contextmanager
def reading(member: Member, *, purpose: str, on: date, right: str = "customer.read") -> Iterator[Reading]:
    """Read customers for a purpose; raises `NotAllowed`, and `ValueError` for a purpose that isn't there."""
    if purpose not in PURPOSES:
        raise ValueError(f"no such purpose: {purpose}")
    with seeing(member, right, on=on, purpose=purpose) as sight:
        seen = Reading(member, sight, purpose, on)
        outer, token = _OUTER.get(), _OUTER.set(seen)
        try:
            with names_opened_by(seen.opens_name):
                yield seen
        finally:
            _OUTER.reset(token)
        if outer is not None and (outer.member, outer.purpose) == (member, purpose):
            # A part of a page that reads by itself is one look with the page.
            outer.minors_seen.update(seen.minors_seen)
            add_all_shown(outer.provided, seen.provided)
            return
        if records := list(seen.minors_seen):
            note_minors_seen(resource=RESOURCE, records=records, purpose=purpose, actor=member, at=timezone.now())
        note_provided(shown=seen.provided, provided=sight.provided, purpose=purpose, actor=member, at=timezone.now())
