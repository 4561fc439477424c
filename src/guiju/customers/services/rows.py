"""Rows of a file as customers (逐行判断): what may come in, and which cells go back with their reason.

The same gate as for a form (`guiju.privacy.collecting`), asked for thousands of rows of one file: the
catalogue, the notice and the day are read once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import lru_cache, partial
from typing import Any, NamedTuple
from uuid import UUID

from guiju.customers.mapping import CONSENTED, CONSENTED_ON, GUARDIAN, RELATION, SPECIAL, tells_birthday
from guiju.customers.models import Contact, Customer, Holder
from guiju.customers.services.twins import twins_of
from guiju.customers.values import (
    BIRTHDAYS,
    EVERYTHING_ELSE,
    MARKS,
    TWO_BIRTHDAYS,
    born,
    has_two_birthdays,
    put_values,
)
from guiju.database.models import another, new_id
from guiju.kernel import cells
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Problem, Refused
from guiju.kernel.identifiers import Invalid
from guiju.kernel.identifiers.birthday import birthday_of
from guiju.kernel.rules.facts import gate
from guiju.keys.ring import keyring
from guiju.keys.values import seal_into
from guiju.organisations.models import Entity, Member
from guiju.privacy.ages import minor_until, younger
from guiju.privacy.collecting import ASKABLE, Circumstances
from guiju.privacy.fields import Field
from guiju.privacy.guardians import Guardian
from guiju.privacy.models import Consent, PrivacyNotice, Subject
from guiju.privacy.selectors.catalogue import fields_of
from guiju.privacy.selectors.consents import NOTHING
from guiju.privacy.selectors.notices import all_notices, told_by
from guiju.privacy.services.consents import is_informed, put_proof
from guiju.privacy.terms import MARKETING, AgeGroup, Channel, ConsentKind, Sort
from guiju.privacy.values import clean
from guiju.rulebook import rules_at
from guiju.sheets.tables import Line


@dataclass(frozen=True)
class FileConsent:
    """What the sender says everybody in a file consented to: a purpose, or fields one by one for it."""

    purpose: str
    proof: str
    given_at: datetime
    fields: tuple[str, ...] = ()

    def kept(self) -> dict[str, Any]:
        return {
            "purpose": self.purpose,
            "proof": self.proof,
            "given_at": self.given_at.isoformat(),
            "fields": list(self.fields),
        }

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> FileConsent:
        return cls(kept["purpose"], kept["proof"], datetime.fromisoformat(kept["given_at"]), tuple(kept["fields"]))


class Whom(NamedTuple):
    """The customer that a row makes."""

    pk: UUID
    kind: str
    record: str


@dataclass
class Row:
    """What came of one row: the customer that it makes, or none; the cells that go back, by column title."""

    number: int
    customer: Whom | None
    problems: list[tuple[str, Problem]]
    marks: Mapping[str, str]

    @property
    def may_ask(self) -> bool:
        """Whether something went back that a consent would let in (待补同意)."""
        return any(problem.code in ASKABLE for _, problem in self.problems)


@dataclass
class Judged:
    """One row with the records that it makes, before anybody has asked whether the company has them already."""

    number: int
    customer: Customer | None = None
    subjects: list[Subject] = field(default_factory=list)
    contact: Contact | None = None
    consents: list[Consent] = field(default_factory=list)
    problems: list[tuple[str, Problem]] = field(default_factory=list)
    marks: dict[str, str] = field(default_factory=dict)
    guardian: Guardian | None = None

    @property
    def row(self) -> Row:
        made = self.customer
        return Row(self.number, Whom(made.pk, made.kind, made.record) if made else None, self.problems, self.marks)

    @property
    def made(self) -> Iterator[Subject | Customer | Contact | Consent]:
        """The records of the row, as they are written: first what others lead to."""
        yield from self.subjects
        yield from (one for one in (self.customer, self.contact) if one is not None)
        yield from self.consents


@dataclass(frozen=True)
class Grounds:
    """The notices and the fields by which rows are judged, and the key under which their values are sealed."""

    notices: tuple[UUID, ...]
    fields: Mapping[str, Mapping[str, Field]]
    key: int


_FEW = frozenset({Sort.CHOICE, Sort.REGION, Sort.YES_NO})
"""Kinds of values of which a file holds the same few again and again."""

_MOST_CLEANED = 10_000


class Judge:
    """Judges the rows of one file for one company."""

    def __init__(
        self,
        *,
        kind: str,
        mapping: Mapping[str, str],
        places: Mapping[str, int],
        consents: Sequence[FileConsent],
        actor: Member,
        at: datetime,
        collection_id: UUID | None = None,
        days: Mapping[str, cells.Order] | None = None,
    ) -> None:
        entity_id = actor.entity_id
        self._kind, self._actor, self._at, self._day = kind, actor, at, day_of(at)
        self._entity: Entity = actor.entity
        self._notices = list(all_notices(entity_id))
        self.notice: PrivacyNotice | None = next((one for one in self._notices if one.ended_at is None), None)
        self._told = told_by(self.notice)
        records = ["company", "contact"] if kind == Customer.Kind.COMPANY else ["person"]
        self.fields: dict[str, dict[str, Field]] = {record: fields_of(entity_id, record) for record in records}
        self._columns = [
            (title, places[title], *target.partition(".")[::2])
            for title, target in mapping.items()
            if target and not target.startswith("@") and title in places
        ]
        special = {target: places[title] for title, target in mapping.items() if target.startswith("@")}
        self._said, self._said_on = special.get(CONSENTED), special.get(CONSENTED_ON)
        self._guardian_columns = [special.get(target) for target in (GUARDIAN, RELATION)]
        taken = {place for _, place, _, _ in self._columns}
        births = (place for title, place in places.items() if tells_birthday(title, self.fields))
        self._births = [place for place in births if place not in taken]
        self._consents = consents
        self._origins = {EVERYTHING_ELSE: str(collection_id)} if collection_id else {}
        self._customer = Customer(
            entity_id=entity_id,
            kind=kind,
            owner_id=actor.pk,
            made_by_id=actor.pk,
            made_at=at,
            changed_at=at,
            origins=self._origins,
        )
        self._subject = Subject(entity_id=entity_id, made_at=at)
        self._given_in: dict[FileConsent, Consent] = {}
        self._cleaned: dict[tuple[str, str, str], str] = {}
        self._judged: dict[tuple[object, ...], Callable[[str], tuple[Problem, ...]]] = {}
        self._title_of = {(record, code): title for title, _, record, code in self._columns}
        in_order = {places[title]: order for title, order in (days or {}).items() if title in places}
        self._days = in_order
        """How three bare numbers are read in a column, by its place."""
        self._ordered = {
            (record, code): in_order[place]
            for _, place, record, code in self._columns
            if place in in_order and self.fields[record][code].sort is Sort.DAY
        }

    @property
    def grounds(self) -> Grounds:
        """On what the rows are judged: as long as it is the same, they are judged the same."""
        # What was sealed under a key that was retired meanwhile is sealed anew: it may be destroyed any moment.
        key = keyring().number_of(self._actor.entity_id)
        return Grounds(tuple(one.pk for one in self._notices), self.fields, key)

    def judge(self, lines: Iterable[Line]) -> list[Row]:
        """What comes of the rows, in their order, were they taken in now."""
        return self.without_twins([one.row for one in self.rows(lines)])

    def rows(self, lines: Iterable[Line]) -> list[Judged]:
        """The rows in their order, each by itself."""
        return [self._row(line) for line in lines]

    def without_twins(self, rows: list[Row]) -> list[Row]:
        """A phone, address or number that the company, or an earlier row, has already sends its row back."""
        for code in MARKS:
            known = twins_of(self._actor.entity_id, code, {row.marks.get(code, "") for row in rows if row.customer})
            seen: dict[str, int] = {}
            for row in rows:
                value = row.marks.get(code)
                if row.customer is None or not value:
                    continue
                if twin := known.get(value):
                    self._send_back(row, code, twin.sentence(), is_restricted=twin.is_frozen)
                elif (earlier := seen.get(value)) is not None:
                    self._send_back(row, code, f"与第{earlier}行的{MARKS[code][1]}相同")
                else:
                    seen[value] = row.number
        return rows

    def _clean(self, record: str, code: str, text: str) -> str:
        known = self.fields[record][code]
        if known.sort not in _FEW:
            if self._ordered and (order := self._ordered.get((record, code))):
                return cells.day(text, order=order).isoformat()
            return clean(known, text)
        alike = record, code, text
        if alike not in self._cleaned and len(self._cleaned) < _MOST_CLEANED:
            self._cleaned[alike] = clean(known, text)
        return self._cleaned.get(alike) or clean(known, text)

    def _send_back(self, row: Row, code: str, sentence: str, *, is_restricted: bool = False) -> None:
        title = next((self._title_of[record, code] for record in self.fields if (record, code) in self._title_of), "")
        row.customer = None
        row.problems.append(
            (title, Problem("customer_restricted" if is_restricted else "customer_twice", sentence, code))
        )

    def _row(self, line: Line) -> Judged:
        row = Judged(line.number)
        values: dict[str, dict[str, str]] = {record: {} for record in self.fields}
        for title, place, record, code in self._columns:
            text = line.cells[place] if place < len(line.cells) else ""
            if not text:
                continue
            try:
                values[record][code] = self._clean(record, code, text)
            except Invalid as refusal:
                row.problems.append((title, Problem(refusal.code, refusal.sentence, code)))
        main = next(iter(self.fields))
        if not values[main].get("name"):
            if not any(problem.field == "name" for _, problem in row.problems):
                title = self._title_of.get((main, "name"), "")
                label = self.fields[main]["name"].label
                row.problems.append((title, Problem("name_empty", f"{label}没有填写", "name")))
            return row
        if has_two_birthdays(values[main]):
            for code in BIRTHDAYS:
                row.problems.append((self._title_of[main, code], Problem("two_birthdays", TWO_BIRTHDAYS, code)))
            return row
        consents, row.guardian = self._given(line, row), self._guardian(line, row)
        customer = another(self._customer, id=new_id(), tags=[])
        if not self._fill(customer, main, values[main], consents, row, self._told_birthday(line)):
            return row
        row.customer = customer
        row.marks = {code: values[main][code].lower() for code in MARKS if values[main].get(code)}
        people = values.get("contact", {})
        if people.get("name"):
            contact = Contact(
                id=new_id(),
                entity_id=customer.entity_id,
                customer_id=customer.pk,
                is_main=True,
                made_at=self._at,
                changed_at=self._at,
                origins=self._origins,
            )
            if self._fill(contact, "contact", people, consents, row):
                row.contact = contact
                if phone := people.get("phone"):
                    row.marks.setdefault("phone", phone)
        return row

    def _fill(
        self,
        holder: Holder,
        record: str,
        values: dict[str, str],
        consents: Sequence[FileConsent],
        row: Judged,
        told: date | None = None,
    ) -> bool:
        """Put what may come in into the record; False when not even its name may.

        `told` is the birthday in a column that isn't taken in.
        """
        fields = self.fields[record]
        subject, age = None, AgeGroup.ADULT
        if record != "company":
            birthday = born(values) or told
            subject = another(
                self._subject,
                id=new_id(),
                is_stated_adult=record == "contact",
                minor_until=minor_until(birthday, on=self._day),
                frozen_fields={},
            )
            age = subject.age(birthday, self._day)
        consents = self._without_marketing(consents, row) if age is AgeGroup.CHILD else consents
        asked = consents if subject is not None else ()
        by_guardian = row.guardian is not None and record == "person"
        refusals = self._refusals_of(record, age, asked, by_guardian)
        if subject is not None and any(code in values and refusals(code) for code in BIRTHDAYS):
            # A birthday that isn't taken in makes nobody older than they are known to be.
            refusals = self._refusals_of(record, younger(age, subject.age(None, self._day)), asked, by_guardian)
        kept = {}
        for code, value in values.items():
            if refused := refusals(code):
                title = self._title_of[record, code]
                row.problems += [(title, problem) for problem in refused]
            else:
                kept[code] = value
        if "name" not in kept:
            return False
        put_values(holder, fields, kept)
        if subject is not None:
            holder.subject_id = subject.pk
            row.subjects.append(subject)
            row.consents += [self._consent(subject, one, row.guardian if by_guardian else None) for one in consents]
        return True

    def _told_birthday(self, line: Line) -> date | None:
        """The birthday of a row in a column that isn't taken in."""
        texts = ((line.cells[place], self._days.get(place)) for place in self._births if place < len(line.cells))
        return next((found for text, order in texts if (found := _birthday(text, order)) is not None), None)

    def _refusals_of(
        self, record: str, age: AgeGroup, consents: Sequence[FileConsent], by_guardian: bool
    ) -> Callable[[str], tuple[Problem, ...]]:
        """Why a value may not come in, by field code; people of one age with the same consents are judged once."""
        by = {one: self._notice_of(one) for one in consents}
        given = tuple((one.purpose, one.fields, told.pk if told else None) for one, told in by.items())
        alike = record, age, given, by_guardian
        if alike not in self._judged:
            standing = NOTHING
            for one, told in by.items():
                standing = standing.with_more(
                    purpose=one.purpose,
                    fields=one.fields,
                    by_guardian=by_guardian,
                    told=told_by(told),
                )
            sector = "general" if record == "contact" else self._entity.sector
            around = Circumstances(self.fields[record], self._told, self._day, standing, age, sector)
            self._judged[alike] = lru_cache(maxsize=None)(partial(around.refusals, record))
        return self._judged[alike]

    def _given(self, line: Line, row: Judged) -> Sequence[FileConsent]:
        """What this row's person consented to: everything the file says, unless its own cells say otherwise."""
        if not self._consents or self.notice is None:
            return ()
        given_at: datetime | None = None
        try:
            if self._said is not None and not _yes(line, self._said):
                return ()
            if self._said_on is not None and (text := line.cells[self._said_on]):
                given_at = _moment(cells.day(text, order=self._days.get(self._said_on)))
        except Invalid as refusal:
            row.problems.append(("同意", Problem(refusal.code, refusal.sentence, None)))
            return ()
        found = [
            one if given_at is None else FileConsent(one.purpose, one.proof, given_at, one.fields)
            for one in self._consents
        ]
        late = [one for one in found if one.given_at > self._at]
        early = [one for one in found if not is_informed(self._notice_of(one), one.purpose, one.fields)]
        if late:
            row.problems.append(("同意日期", Problem("privacy.consent_not_in_future", "同意的时间在将来")))
        if early:
            why = (
                "同意在现行的隐私告知之前作出，没有登记当时的告知，或者当时没有写到：请数据专员补登当时的告知，"
                "或者重新征得同意"
            )
            row.problems.append(("同意日期", Problem("privacy.consent_after_notice", why)))
        return [one for one in found if one not in late and one not in early]

    def _without_marketing(self, consents: Sequence[FileConsent], row: Judged) -> Sequence[FileConsent]:
        """What a file may say that a child's guardian consented to: marketing goes back, the rest holds (内部规则)."""
        left = []
        for one in consents:
            facts = {"is_child": True, "is_marketing": one.purpose == MARKETING}
            try:
                gate(rules_at("privacy.import_consent"), facts, on=self._day)
            except Refused as refusal:
                row.problems += [("同意", problem) for problem in refusal.problems]
            else:
                left.append(one)
        return left

    def _notice_of(self, one: FileConsent) -> PrivacyNotice | None:
        """The notice of the moment of a consent: that in force, or an earlier one that is registered."""
        assert self.notice is not None
        if one.given_at >= self.notice.published_at:
            return self.notice
        return next((told for told in self._notices if told.held_at(one.given_at)), None)

    def _guardian(self, line: Line, row: Judged) -> Guardian | None:
        """Who consented for this row's person, where the file says so: its consents are theirs then."""
        cell, relation = (
            line.cells[place] if place is not None and place < len(line.cells) else ""
            for place in self._guardian_columns
        )
        if not cell and not relation:
            return None
        try:
            return Guardian(cell, relation.strip())
        except Refused as refusal:
            title = SPECIAL[GUARDIAN if refusal.problems[0].field == "guardian_name" else RELATION]
            row.problems.append((title, Problem(refusal.code, refusal.sentence, None)))
            return None

    def _consent(self, subject: Subject, one: FileConsent, guardian: Guardian | None) -> Consent:
        if one not in self._given_in:
            self._given_in[one] = self._first(one)
        made = another(self._given_in[one], id=new_id(), subject_id=subject.pk, fields=list(one.fields))
        put_proof(made, one.proof)
        if guardian is not None:
            made.kind, made.by_guardian = ConsentKind.GUARDIAN, True
            seal_into(made, "guardian", guardian.kept)
        return made

    def _first(self, one: FileConsent) -> Consent:
        """What everybody's consent of this kind looks like."""
        notice = self._notice_of(one)
        assert notice is not None
        return Consent(
            entity_id=self._actor.entity_id,
            kind=ConsentKind.SEPARATE if one.fields else ConsentKind.CONSENT,
            purpose=one.purpose,
            notice_id=notice.pk,
            channel=Channel.IMPORT,
            given_at=one.given_at,
            recorded_by_id=self._actor.user_id,
            recorded_at=self._at,
        )


def _birthday(text: str, order: cells.Order | None) -> date | None:
    try:
        return birthday_of(text) or (cells.day(text, order=order) if text else None)
    except Invalid:
        return None


def _yes(line: Line, place: int) -> bool:
    text = line.cells[place] if place < len(line.cells) else ""
    return bool(text) and cells.yes_no(text)


def _moment(on: date) -> datetime:
    """The end of a day in China, when all that was consented on it was."""
    return datetime.combine(on, time(15, 59, 59), UTC)
