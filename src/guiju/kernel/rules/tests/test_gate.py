"""The gate: facts in, grounds out, or a refusal with the article (关口)."""

from __future__ import annotations

from datetime import date

import pytest

from guiju.kernel.errors import Refused
from guiju.kernel.rules.facts import evaluate, gate
from guiju.kernel.rules.load import rule_of
from guiju.kernel.rules.model import Outcome, Rule

DAY = date(2026, 11, 24)


def rule(name: str, severity: str = "block", **condition: object) -> Rule:
    return rule_of(
        {
            "id": f"filing.{name}",
            "title": "例",
            "chapter": "filing",
            "actions": ["filing.submit"],
            "category": "other",
            "severity": severity,
            "applies_from": "2021-11-01",
            "citations": [{"law": "个人信息保护法", "article": "第六条", "quote": "最小范围"}],
            "when": [{"fact": "persons", **condition}],
            "message": name,
            "mend": "改",
        }
    )


MANY = rule("many", at_least=100_000)
ONE = rule("one", **{"is": 1})


@pytest.mark.parametrize(("persons", "outcome"), [(99_999, "not_triggered"), (100_000, "triggered"), (None, None)])
def test_a_figure_counts_from_exactly_there(persons: int | None, outcome: str | None) -> None:
    facts = {} if persons is None else {"persons": persons}
    assert evaluate(MANY, facts, on=DAY) is Outcome(outcome or "facts_missing")


def test_a_passed_gate_names_every_rule_that_was_asked() -> None:
    assert gate([MANY, ONE], {"persons": 5}, on=DAY) == ("filing.many", "filing.one")
    assert gate([MANY, ONE], {"persons": 5}, on=date(2021, 10, 31)) == ()


def test_a_refusal_names_every_block_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        gate([MANY, rule("more", at_least=10), ONE], {"persons": 200_000}, on=DAY)
    assert [problem.code for problem in refusal.value.problems] == ["filing.many", "filing.more"]
    assert str(refusal.value.problems[0].citation) == "《个人信息保护法》第六条「最小范围」"


def test_what_only_needs_review_stops_nothing() -> None:
    assert gate([rule("mild", "review", at_least=1)], {"persons": 5}, on=DAY) == ("filing.mild",)


def test_a_fact_that_nobody_looked_up_is_a_fault_and_not_a_yes() -> None:
    with pytest.raises(KeyError, match=r"filing\.many"):
        gate([MANY], {}, on=DAY)
