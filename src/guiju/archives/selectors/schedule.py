"""How long what is kept (保管期限): the floors of statutes, for whom they are, and what this product does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from guiju.archives.business import FACTS, LINES, Lines
from guiju.archives.models import Business
from guiju.archives.registry import PERIODS, Period
from guiju.database.scope import require_scope
from guiju.kernel.rules.facts import gate
from guiju.kernel.rules.model import Rule
from guiju.rulebook import rules_at

ACTION = "archives.keep_for"

MOST_COUNTED = 10_000


@dataclass(frozen=True)
class Floor:
    """One floor of a statute, or of the house: how many months, whom it binds, and whether it binds this company."""

    rule: Rule
    months: int
    bound: str
    binds: bool


@dataclass(frozen=True)
class Line:
    """One line of the schedule as it stands for a company."""

    period: Period
    floors: Sequence[Floor]

    @property
    def has_statute(self) -> bool:
        return any(one.rule.basis == "law" for one in self.floors)

    @property
    def least(self) -> int | None:
        """The longest of the floors of statutes that bind this company."""
        found = [one.months for one in self.floors if one.binds and one.rule.basis == "law"]
        return max(found, default=None)


def lines_of(entity_id: UUID) -> Lines:
    """Which lines of business a company has declared; within its scope."""
    require_scope()
    found = Business.objects.filter(entity_id=entity_id).first()
    return Lines(frozenset(found.lines), found.shelf_months) if found else Lines()


def schedule_of(entity_id: UUID, *, on: date) -> list[Line]:
    """The schedule of a company on a day (保管期限表)."""
    lines = lines_of(entity_id)
    rules = [one for one in rules_at(ACTION) if one.is_in_force(on)]
    return [
        Line(one, [floor for rule in rules if (floor := _floor(rule, one.code, lines))]) for one in PERIODS.values()
    ]


def longest_floor(entity_id: UUID, code: str, *, on: date) -> Floor | None:
    """The floor of statutes that keeps a line of the schedule longest for a company; None where none binds it."""
    lines = lines_of(entity_id)
    floors = [_floor(one, code, lines) for one in rules_at(ACTION) if one.basis == "law" and one.is_in_force(on)]
    return max((one for one in floors if one and one.binds), key=lambda one: one.months, default=None)


def _floor(rule: Rule, code: str, lines: Lines) -> Floor | None:
    facts = lines.facts
    kinds = [one.is_ for one in rule.when if one.fact == "kind"]
    if kinds != [code] or any(one.is_ != facts["shelf"] for one in rule.when if one.fact == "shelf"):
        return None
    least = next((one for one in rule.when if one.below is not None), None)
    if least is None or least.below is None:
        return None
    months = least.below + ((lines.shelf_months or 0) if least.fact == "months_after_shelf" else 0)
    wanted = [one.fact for one in rule.when if one.fact in FACTS]
    bound = "、".join(LINES[line] for fact in wanted for line in FACTS[fact]) or "所有公司"
    return Floor(rule, months, bound, all(facts[fact] for fact in wanted))


def require_kept(code: str, months: int, lines: Lines, *, on: date) -> tuple[str, ...]:
    """Raise `Refused` where a statute that binds a company keeps such records longer; returns the rules asked."""
    after = months - (lines.shelf_months or 0)
    return gate(rules_at(ACTION), {"kind": code, "months": months, "months_after_shelf": after, **lines.facts}, on=on)


def over_of(entity_id: UUID, *, on: date) -> Mapping[str, int]:
    """How much of each line of the schedule is over now."""
    require_scope()
    found = {code: len(one.over(entity_id, on, MOST_COUNTED)) for code, one in PERIODS.items() if one.over}
    return {code: count for code, count in found.items() if count}
