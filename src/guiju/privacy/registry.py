"""Which kinds of record the catalogue covers, and what parts offer it: filled by the parts above (登记)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec

from guiju.privacy.fields import Field
from guiju.privacy.terms import Basis, ConsentKind, FieldState, Grade, Sort

if TYPE_CHECKING:
    from guiju.evidence.services import Act
    from guiju.organisations.models import Member
    from guiju.privacy.models import ConsentRequest, Ending, Subject


@dataclass(frozen=True)
class RecordKind:
    """One kind of customer-facing record with its built-in fields, in the order of forms and lists.

    `needed` are those without which there is no such record. Of a record that is about a person every field
    is personal information, whatever somebody calls it. Where it `takes_more`, companies add fields of their own.
    `own_purpose` is what such records are made for, where they are for nothing without it. What the company itself
    writes beside a customer `goes_along`: no value has a collection of its own, and all of it goes with the person.
    """

    code: str
    label: str
    fields: Mapping[str, Field] = field(default_factory=dict)
    needed: frozenset[str] = frozenset({"name"})
    is_about_person: bool = True
    takes_more: bool = True
    own_purpose: str = ""
    goes_along: bool = False


RECORDS: dict[str, RecordKind] = {}


@dataclass(frozen=True)
class Held:
    """What one record holds: which fields, and by which collection each value came in; no value itself.

    `born` and `ended_on`, when the relation ended, decide about the others. `is_alone`: the person has no
    other record, so that without all of these values nothing is left of them. `is_several`: a person may have
    many such records, and a disposal names this one. `telling` are the fields of the company's own in whose text
    something sensitive seems to stand. What the company itself wrote about somebody (`RecordKind.goes_along`) came in by
    no collection: `along` says since when each is there, and it is frozen and deleted by the person.
    """

    holder_id: UUID
    record: str
    origins: Mapping[str, UUID]
    subject: Subject | None = None
    born: date | None = None
    ended_on: date | None = None
    is_alone: bool = True
    is_several: bool = False
    telling: frozenset[str] = frozenset()
    along: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def target_id(self) -> UUID:
        """Under which a disposal names it: the person, or the record of a company, or one among many."""
        return self.holder_id if self.subject is None or self.is_several else self.subject.pk


def _nobody(member: Member, records: Collection[UUID]) -> Collection[UUID]:
    return ()


@dataclass(frozen=True)
class Keeper:
    """One table whose rows hold values of the catalogue. All functions are asked within the scope of the company.

    `after` gives the records behind an id in their order, so many at a time; `of` those with these ids, or of these
    people. `names` says how the member may see whom a record is about, and where it is looked at; `consents` of which
    of these records the member may read what people consented to. What is kept there `goes_along` with records of another.
    """

    code: str
    after: Callable[[UUID, UUID | None, int], Sequence[Held]]
    of: Callable[[UUID, Collection[UUID]], Sequence[Held]]
    names: Callable[[Member, Collection[UUID]], Mapping[UUID, tuple[str, str]]]
    consents: Callable[[Member, Collection[UUID]], Collection[UUID]] = _nobody
    goes_along: bool = False


KEEPERS: dict[str, Keeper] = {}
"""Where values of the catalogue lie, in the order in which they are gone through."""

ANSWERED: list[Callable[[ConsentRequest, datetime], None]] = []
"""What follows in the parts above when somebody answered what they were asked, in the same transaction."""

REACHED_AT: list[Callable[[Subject], Collection[str]]] = []
"""The phones and e-mail addresses at which a person is reached: by these the list of those who refuse knows them."""

WAS_REACHED_AT: list[Callable[[Subject], Mapping[str, datetime]]] = []
"""Those at which a person was reached before, as the log knows them, each with when it was replaced."""


@dataclass(frozen=True)
class Known:
    """A record that has an address: in which keeper, its id, and the person."""

    keeper: str
    holder_id: UUID
    subject_id: UUID


@dataclass(frozen=True)
class AddressBook:
    """How a company's records are found by a phone or an e-mail address that it doesn't hold in the clear.

    `key` makes by what an address is looked up in a company; `of` says who has it, within the scope of the companies.
    """

    key: Callable[[UUID, str], bytes]
    of: Callable[[Collection[bytes]], Mapping[bytes, Sequence[Known]]]


HEARERS: dict[str, Callable[[Ending, Act], None]] = {}
"""What follows in all parts once something ended (撤回、拒收、仅存储、删除): by code, in the order of their registration.

Each is asked within the scope of the company, right after the transaction of what ended and in one of its own; where
one fails, the others have heard all the same, and it is asked again until it has. What was done is done once.
"""

ADDRESS_BOOKS: list[AddressBook] = []
"""One, of the part that holds the records."""

HOLDS: list[Callable[[UUID, Field], str]] = []
"""What holds a field back that is otherwise ready (备案): each answers why, or nothing. Parts above add theirs."""


def register_record(kind: RecordKind) -> RecordKind:
    RECORDS[kind.code] = kind
    return kind


def register_keeper(keeper: Keeper) -> Keeper:
    KEEPERS[keeper.code] = keeper
    return keeper


class _FieldLine(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A built-in field as its part writes it down."""

    code: str
    label: str
    sort: str = "text"
    choices: dict[str, str] = {}
    grade: str = "general"
    category: str = "none"
    uses: dict[str, str] = {}
    consent: str = "none"
    visibility: str = "clear"
    retention: int | None = None
    sealed: bool = False
    state: str = "active"
    note: str = ""


def fields_of_file(record: str, text: str) -> dict[str, Field]:
    """The built-in fields of a part's YAML file, by code; raises `msgspec.ValidationError` for a misspelt one."""
    from yaml import safe_load

    lines: list[Any] = msgspec.convert(safe_load(text), list[_FieldLine])
    return {
        line.code: Field(
            record=record,
            code=line.code,
            label=line.label,
            sort=Sort(line.sort),
            choices=line.choices,
            grade=Grade(line.grade),
            category=line.category,
            uses={purpose: Basis(basis) for purpose, basis in line.uses.items()},
            consent=ConsentKind(line.consent),
            visibility=line.visibility,
            retention=line.retention,
            is_sealed=line.sealed,
            is_built_in=True,
            state=FieldState(line.state),
            note=line.note,
        )
        for line in lines
    }
