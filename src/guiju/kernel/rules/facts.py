"""Facts rules and the gate that every action passes (关口)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from guiju.kernel.errors import Problem, Refused
from guiju.kernel.rules.model import Outcome, Rule, Severity


def evaluate(rule: Rule, facts: Mapping[str, Any], *, on: date) -> Outcome:
    """What a facts rule says on a day."""
    if not rule.is_in_force(on):
        return Outcome.NOT_IN_FORCE
    if any(condition.fact not in facts for condition in rule.when):
        return Outcome.FACTS_MISSING
    holds = all(condition.holds(facts[condition.fact]) for condition in rule.when)
    return Outcome.TRIGGERED if holds else Outcome.NOT_TRIGGERED


def gate(rules: Iterable[Rule], facts: Mapping[str, Any], *, on: date) -> tuple[str, ...]:
    """Let an action pass, and return the ids of the rules that were asked.

    Raises `Refused` with every blocking rule that is set off: message, way to mend it, article.
    A rule whose facts are missing is a fault of the caller and raises `KeyError`.
    """
    asked: list[str] = []
    problems: list[Problem] = []
    for rule in rules:
        outcome = evaluate(rule, facts, on=on)
        if outcome is Outcome.FACTS_MISSING:
            raise KeyError(f"{rule.id}: facts missing among {sorted(facts)}")
        if outcome is Outcome.NOT_IN_FORCE:
            continue
        asked.append(rule.id)
        if outcome is Outcome.TRIGGERED and rule.severity is Severity.BLOCK:
            sentence = f"{rule.message}。{rule.mend}" + ("（内部规则，非法定）" if rule.basis == "house" else "")
            problems.append(
                Problem(rule.id, sentence, rule.field, rule.citations[0].citation if rule.citations else None)
            )
    if problems:
        raise Refused.because(problems)
    return tuple(asked)
