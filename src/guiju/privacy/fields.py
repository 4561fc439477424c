"""Fields of the catalogue (字段台账的一项): built-in ones out of the program, and those of a company over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from guiju.privacy.terms import ASKED_APART, RESTS_ON_LAW, Basis, ConsentKind, FieldState, Grade, Sort


@dataclass(frozen=True)
class Field:
    """One field of one kind of record: what it is, what for, on which basis, for how long.

    `uses` maps purposes (codes of `organisations.registry.PURPOSES`) to their bases. `category` is that
    of the column rules (guiju.rulebook.fields), by which values are masked. `is_sealed` values lie in
    ciphertext. `retention` counts months after the relation has ended; None: not decided.
    """

    record: str
    code: str
    label: str
    sort: Sort = Sort.TEXT
    choices: Mapping[str, str] = field(default_factory=dict)
    grade: Grade = Grade.GENERAL
    category: str = "none"
    uses: Mapping[str, Basis] = field(default_factory=dict)
    consent: ConsentKind = ConsentKind.NONE
    visibility: str = "clear"
    retention: int | None = None
    may_leave: bool = False
    is_sealed: bool = False
    is_built_in: bool = False
    state: FieldState = FieldState.DRAFT
    note: str = ""

    @property
    def is_personal(self) -> bool:
        return self.grade in (Grade.GENERAL, Grade.SENSITIVE)

    @property
    def is_sensitive(self) -> bool:
        return self.grade is Grade.SENSITIVE

    @property
    def rests_on_law(self) -> bool:
        return bool(self.uses) and all(basis in RESTS_ON_LAW for basis in self.uses.values())

    @property
    def asks_separately(self) -> bool:
        """Whether each person is asked about this very field."""
        return self.consent in ASKED_APART

    def needs_consent_for(self, purpose: str) -> bool:
        """Whether the purpose rests on the person's consent."""
        return self.uses.get(purpose) is Basis.CONSENT

    @property
    def is_personally_asked(self) -> bool:
        return self.is_personal and (self.asks_separately or Basis.CONSENT in self.uses.values())
