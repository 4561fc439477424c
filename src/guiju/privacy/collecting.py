"""Whether a value may be taken in, or used (收集与使用的关口): the rules of the chapter privacy, asked for one value.

What decides are a dozen yes-or-no facts, so the verdict on each combination is remembered: a file with a
million rows asks the rules a few dozen times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from guiju.kernel.errors import Citation, Problem
from guiju.kernel.rules.facts import evaluate
from guiju.kernel.rules.model import Outcome
from guiju.privacy.ages import is_minor, is_pupil, is_unknown_pupil
from guiju.privacy.fields import Field
from guiju.privacy.selectors.consents import NOTHING, Standing
from guiju.privacy.selectors.notices import Told
from guiju.privacy.terms import MARKETING, AgeGroup, Basis, FieldState
from guiju.rulebook import rules_at

COLLECT, KEEP, SEE_MINOR = "privacy.collect_value", "privacy.keep_value", "privacy.see_minor"
USE = "privacy.use_of_child"

ASKABLE = frozenset(
    {
        "privacy.consent_first",
        "privacy.separate_consent_first",
        "privacy.guardian_first",
        "privacy.pupil_as_sensitive",
        "privacy.pupil_guardian_first",
    }
)
"""Refusals that end when the person, or their guardian, consents."""


@dataclass(frozen=True)
class Circumstances:
    """What decides about the values of one person in one company on one day."""

    fields: Mapping[str, Field]
    told: Told
    on: date
    standing: Standing = NOTHING
    age: AgeGroup = AgeGroup.UNKNOWN
    sector: str = "general"

    def refusals(self, record: str, code: str) -> tuple[Problem, ...]:
        """Why a value of this field may not be taken in; empty when it may."""
        uses = _told_uses(self.fields.get(code), self.told)
        return refusals_of(COLLECT, self._facts(record, code, uses), self.on, code, self._label(code))

    def hindrances(self, record: str, code: str, told: Told) -> tuple[str, ...]:
        """The rules by which a value that came in under a notice may be handled for nothing; none where it may be
        for some purpose.

        The rules of collection, asked for one purpose after the other: beside the house rules for pupils they are
        set off exactly where `is_usable` says no.
        """
        uses, found = _told_uses(self.fields.get(code), told), dict[str, None]()
        if len(uses) > 1 and self._is_shut_to_marketing():
            # That a child's value isn't used for this is no fault of one that is held for something else.
            uses = {purpose: asks for purpose, asks in uses.items() if purpose != MARKETING}
        for one in [{purpose: asks} for purpose, asks in uses.items()] or [{}]:
            rules = [rule for rule, _, _ in _set_off(COLLECT, self._facts(record, code, one), self.on)]
            if not rules:
                return ()
            found |= dict.fromkeys(rules)
        return tuple(found)

    def _label(self, code: str) -> str:
        return self.fields[code].label if code in self.fields else code

    def _facts(self, record: str, code: str, uses: Mapping[str, bool]) -> frozenset[tuple[str, bool]]:
        field = self.fields.get(code)
        if field is None:
            return _UNDECLARED
        name = f"{record}.{code}"
        asked = [purpose for purpose, asks in uses.items() if asks]
        standing = self.standing
        return frozenset(
            {
                "is_declared": True,
                "is_active": field.state is FieldState.ACTIVE,
                "is_personal": field.is_personal,
                "has_purpose": bool(field.uses),
                "is_told": not field.is_personal or bool(uses),
                "needs_consent": field.is_personal and bool(uses) and len(asked) == len(uses),
                "has_consent": any(standing.agrees(purpose, name) for purpose in asked),
                "needs_separate": field.is_personal and _asks_separately(field),
                "has_separate": any(standing.agrees_separately(purpose, name) for purpose in uses),
                "is_child": field.is_personal and self.age is AgeGroup.CHILD,
                "is_pupil": field.is_personal and is_pupil(self.age, self.sector),
                "is_pupil_of_unknown_age": field.is_personal and is_unknown_pupil(self.age, self.sector),
                "has_guardian": any(standing.is_guarded(purpose, name) for purpose in uses),
                "is_marketing": field.is_personal and uses.keys() == {MARKETING},
            }.items()
        )

    def is_usable(self, field: Field, purpose: str, told: Told) -> bool:
        """Whether a value that came in under a notice may be used for a purpose now.

        A field that isn't in use is used for nothing: a draft loosens nothing before it has been looked at. Nor is
        one used for what the catalogue has dropped: what is narrowed holds at once.
        """
        if field.state is not FieldState.ACTIVE or purpose not in field.uses:
            return False
        if not field.is_personal:
            return True
        basis = told.purposes_of(field.record, field.code).get(purpose)
        if basis is None:
            return False
        if purpose == MARKETING and self._is_shut_to_marketing():
            # Whatever somebody agreed to before: the house does nothing of the kind any more.
            return False
        name = f"{field.record}.{field.code}"
        if _asks(field, purpose, basis) and not self.standing.agrees(purpose, name):
            return False
        if _asks_separately(field) and not self.standing.agrees_separately(purpose, name):
            return False
        return self.age is not AgeGroup.CHILD or self.standing.is_guarded(purpose, name)

    def _is_shut_to_marketing(self) -> bool:
        return self.age is AgeGroup.CHILD and bool(_set_off(USE, _CHILD_MARKETING, self.on))


def rests_on_consent(field: Field, purpose: str, told: Told) -> bool:
    """Whether a consent decides if a value may be used for a purpose, of anybody but a child: where none does,
    nobody's consents need be looked up."""
    basis = told.purposes_of(field.record, field.code).get(purpose)
    if not field.is_personal or basis is None or purpose not in field.uses:
        return False
    return _asks(field, purpose, basis) or _asks_separately(field)


def _asks_separately(field: Field) -> bool:
    return field.asks_separately and not field.rests_on_law


def _asks(field: Field, purpose: str, told: str) -> bool:
    """Whether a purpose rests on consent: as people were told, or as the company has decided since."""
    return told == Basis.CONSENT or field.uses[purpose] is Basis.CONSENT


def _told_uses(field: Field | None, told: Told) -> dict[str, bool]:
    """The purposes of a field of which people were told, each with whether it rests on their consent."""
    if field is None:
        return {}
    if not field.is_personal:
        return dict.fromkeys(field.uses, False)
    known = told.purposes_of(field.record, field.code)
    return {purpose: _asks(field, purpose, known[purpose]) for purpose in field.uses if purpose in known}


_UNDECLARED = frozenset(
    {
        "is_declared": False,
        "is_active": False,
        "is_personal": False,
        "has_purpose": False,
        "is_told": False,
        "needs_consent": False,
        "has_consent": False,
        "needs_separate": False,
        "has_separate": False,
        "is_child": False,
        "is_pupil": False,
        "is_pupil_of_unknown_age": False,
        "has_guardian": False,
        "is_marketing": False,
    }.items()
)

_CHILD_MARKETING = frozenset({"is_child": True, "is_marketing": True}.items())


def reasons_to_delete(*, is_withdrawn: bool, is_over: bool, is_telling: bool, on: date) -> tuple[str, ...]:
    """The rules by which a value has to go: what it rested on was withdrawn, its time is over, or something sensitive
    seems to stand in a text that is for anything."""
    facts = frozenset({("is_withdrawn", is_withdrawn), ("is_over", is_over), ("is_telling", is_telling)})
    return tuple(rule for rule, _, _ in _set_off(KEEP, facts, on))


@lru_cache(maxsize=1000)
def refusal_to_see(age: AgeGroup, sector: str, *, is_approved: bool, on: date) -> str:
    """Why somebody who may be a minor is not seen in the clear; empty where nothing is against it."""
    facts = {
        "is_minor": is_minor(age),
        "is_pupil_of_unknown_age": is_unknown_pupil(age, sector),
        "is_approved": is_approved,
    }
    for _, words, article in _set_off(SEE_MINOR, frozenset(facts.items()), on):
        return f"{words}（{article.law}{article.article}）" if article else words
    return ""


@lru_cache(maxsize=10_000)
def _set_off(action: str, facts: frozenset[tuple[str, bool]], on: date) -> tuple[tuple[str, str, Citation | None], ...]:
    """The rules that these facts set off: id, sentence, article."""
    known = dict(facts)
    found = []
    for rule in rules_at(action):
        outcome = evaluate(rule, known, on=on)
        if outcome is Outcome.FACTS_MISSING:
            raise KeyError(f"{rule.id}: facts missing among {sorted(known)}")
        if outcome is Outcome.TRIGGERED:
            sentence = f"{rule.message}。{rule.mend}" + ("（内部规则，非法定）" if rule.basis == "house" else "")
            found.append((rule.id, sentence, rule.citations[0].citation if rule.citations else None))
    return tuple(found)


def refusals_of(
    action: str, facts: frozenset[tuple[str, bool]], on: date, code: str, label: str
) -> tuple[Problem, ...]:
    """The refusals of one value, each naming its field."""
    return tuple(
        Problem(rule, f"{label}：{sentence}", code, citation)
        for rule, sentence, citation in _set_off(action, facts, on)
    )
