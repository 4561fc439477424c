"""Who holds copies of what is to be destroyed (留存处): the parts above register theirs, this part knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from guiju.archives.business import Lines
    from guiju.archives.models import Disposal, DisposalItem
    from guiju.evidence.services import Act


@dataclass(frozen=True)
class Target:
    """A person (or a record) of whom some fields (record.code) are to go, or everything where none is named."""

    subject_id: UUID
    fields: tuple[str, ...] = ()

    def names(self, record: str, code: str) -> bool:
        return not self.fields or f"{record}.{code}" in self.fields


@dataclass(frozen=True)
class Kept:
    """Why something stays: the reason, and until when where that is known (法定最低保存期限).

    `but` are the fields (record.code) of the same target that needn't stay.
    """

    why: str
    until: date | None = None
    but: tuple[str, ...] = ()

    def sentence(self) -> str:
        return f"{self.why}，至{self.until:%Y-%m-%d}" if self.until else self.why


@dataclass
class Destroyed:
    """What a holder took out: copies by person, and the codes that go from the versions of each record in the log."""

    copies: dict[UUID, int] = field(default_factory=dict)
    versions: dict[tuple[type[Any], UUID], frozenset[str]] = field(default_factory=dict)

    def add(self, subject_id: UUID, row: Any, codes: Iterable[str], *, copies: int = 1) -> None:
        key = type(row), row.pk
        self.copies[subject_id] = self.copies.get(subject_id, 0) + copies
        self.versions[key] = self.versions.get(key, frozenset()) | frozenset(codes)


def _no_floor(entity_id: UUID, targets: Sequence[Target], on: date) -> Mapping[UUID, Kept]:
    return {}


@dataclass(frozen=True)
class Holder:
    """One place where copies lie. All functions are asked within the scope of the company.

    `count` says how many copies of each target there are; `destroy` takes them out and records the rows that
    changed (none: they stay, `keeps` says why); `floor` names what a statute keeps longer. What is `apart`
    (record.code) stays where a person goes as a whole, and goes by that name once its own period is over.
    """

    code: str
    label: str
    count: Callable[[UUID, Sequence[Target]], Mapping[UUID, int]]
    destroy: Callable[[UUID, Sequence[Target], Act], Destroyed] | None = None
    keeps: str = ""
    apart: str = ""
    floor: Callable[[UUID, Sequence[Target], date], Mapping[UUID, Kept]] = _no_floor


HOLDERS: dict[str, Holder] = {}


@dataclass(frozen=True)
class Period:
    """One line of the schedule (保管期限表): what is kept, since when, how many months, on what ground, and what then.

    `months` is what this product keeps it for, None where the company decides (字段台账) or nothing has been built
    for it yet. The floors of statutes are rules of the chapter `retention`, found by `code`. `over` gives, so many at
    most, what of a company is over: it is proposed, nothing goes by itself.
    """

    code: str
    label: str
    begins: str
    months: int | None
    ground: str
    ceiling: str
    then: str
    over: Callable[[UUID, date, int], Sequence[Target]] | None = None


PERIODS: dict[str, Period] = {}
"""The lines of the schedule, in its order."""

SHORTER: list[Callable[[UUID, Lines, date], Sequence[str]]] = []
"""What the parts above keep shorter than the floors of a company with these lines of business, in words."""


def register_period(period: Period) -> Period:
    PERIODS[period.code] = period
    return period


STORED: list[Callable[[UUID, Sequence[Target], Act], None]] = []
"""What follows at once where a statute keeps a part of what was to go: it is stored and nothing else."""

AFTERWARDS: list[Callable[[Disposal, Sequence[DisposalItem], Act], None]] = []
"""What follows in the parts above once items were destroyed or kept, in the same transaction."""

LABELS: list[Callable[[UUID], Mapping[str, str]]] = []
"""What the fields of a company are called, by record.code."""


ADDRESSES: list[Callable[[UUID, Sequence[UUID]], Mapping[UUID, str]]] = []
"""Where the record of each person of a company is looked at, before somebody decides on it."""

TAKEN_IN: list[Callable[[UUID, Collection[UUID]], Mapping[UUID, Collection[UUID]]]] = []
"""Whom each of these people stands for besides, because two were merged: what is decided on the one is on both."""

LOCKS: list[Callable[[UUID, Collection[UUID]], Collection[UUID]]] = []
"""Lock the rows behind these ids, in one order, so that nobody becomes somebody else while it is decided about them;
each returns those that have become somebody else already."""


def register_holder(holder: Holder) -> Holder:
    HOLDERS[holder.code] = holder
    return holder
