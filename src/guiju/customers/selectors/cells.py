"""What shows of one value, and what was decided about records that are alike (字段值的显示).

Whether a field shows in a record depends on a few things that most rows of a list share: it is decided once for
all of them.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from guiju.customers.models import Holder
from guiju.customers.values import collection_named
from guiju.organisations.registry import Treatment
from guiju.privacy.collecting import Circumstances
from guiju.privacy.fields import Field
from guiju.privacy.masking import shown, treated_as
from guiju.privacy.scanning import as_seen
from guiju.privacy.selectors.notices import Told
from guiju.privacy.values import words_of


@dataclass(frozen=True)
class Cell:
    """One value as somebody may see it: its text, how it is treated, and why it can't be used if it can't.

    `code` is the field's, `category` what to unmask it by; `stored` the value itself where it shows in the
    clear, and nothing otherwise.
    """

    code: str
    label: str
    text: str
    treatment: Treatment
    category: str
    why: str = ""
    stored: str = ""

    @property
    def is_masked(self) -> bool:
        return self.treatment is Treatment.MASKED and bool(self.text)


@dataclass(frozen=True)
class How:
    """What the member has unmasked in a record, whether nothing of it may show in the clear, and which fields
    (record.code) their company may be given; None where nobody is asked about that."""

    unmasked: frozenset[str] = frozenset()
    is_shut: bool = False
    given: frozenset[str] | None = None


@dataclass(frozen=True)
class Verdict:
    """How a field shows, and why it can't be used if it can't; `treat` says how what is found in a free text does."""

    known: Field
    treatment: Treatment
    why: str = ""
    treat: Callable[[str], Treatment] | None = None

    def cell(self, value: str) -> Cell:
        known, category = self.known, treated_as(self.known.category)
        if self.why:
            return Cell(known.code, known.label, "", self.treatment, category, self.why)
        if self.treat is not None:
            text, kept_back = as_seen(value, self.treat)
            if kept_back:
                return Cell(known.code, known.label, text, Treatment.MASKED, treated_as(kept_back))
        text = shown(known.category, words_of(known, value), self.treatment)
        stored = value if self.treatment is Treatment.CLEAR else ""
        return Cell(known.code, known.label, text, self.treatment, category, stored=stored)


@dataclass
class Verdicts:
    """What one reading has decided, by what it depends on: each stands for all records that are alike in that."""

    _known: dict[tuple[object, ...], tuple[Circumstances, dict[str, Verdict]]] = field(default_factory=dict)

    def of(self, holder: Holder, around: Circumstances, how: How, told: Mapping[UUID, Told]) -> dict[str, Verdict]:
        """What is decided about records like this one, by field code; new where something of theirs is frozen.

        `told` are the notices by collection.
        """
        subject = holder.subject
        if subject is not None and (subject.frozen_at is not None or subject.frozen_fields):
            return {}
        # Those who agree to the same share one standing, which lives as long as what is kept beside it.
        notices = tuple((code, told[collection_named(one)].notice_id) for code, one in holder.origins.items())
        alike = holder.entity_id, holder.record, around.age, id(around.standing), notices, how
        if len(self._known) >= _MOST:
            self._known.clear()
        return self._known.setdefault(alike, (around, {}))[1]


_MOST = 1000
"""An export goes through millions of records."""


def shows(code: str, codes: Container[str] | None) -> bool:
    """Whether a field is among those asked for; the name always is."""
    return codes is None or code in codes or code == "name"


def shut(treat: Callable[[str], Treatment]) -> Callable[[str], Treatment]:
    """The same with nothing in the clear."""

    def shut_one(category: str) -> Treatment:
        found = treat(category)
        return Treatment.MASKED if found is Treatment.CLEAR else found

    return shut_one
