"""No rule is cut to one of the real texts that the engine is measured on.

The texts are not part of this repository: GUIJU_CASES names their folder (default: `shared/cases`
beside the checkout); without them these tests skip.
"""

from __future__ import annotations

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from guiju.kernel.rules.anchors import anchors
from guiju.kernel.rules.load import load_cases
from guiju.kernel.rules.model import Occasion, Rule
from guiju.kernel.rules.normalise import plain
from guiju.kernel.sectors import sector_of
from guiju.rulebook import LATEST, folder, reviewer, rules_for

CASES = Path(os.environ.get("GUIJU_CASES") or Path(__file__).resolve().parents[5] / "shared" / "cases") / "dev"
LONGEST_SHARED = 11
FEWEST_CASES = 5

pytestmark = pytest.mark.skipif(not CASES.exists(), reason=f"the real texts are not here: {CASES}")


@cache
def texts(chapter: str) -> list[tuple[str, str | None]]:
    rows = [json.loads(line) for line in (CASES / f"{chapter}.jsonl").read_text("utf-8").splitlines() if line]
    return [(row["text"], sector_of(row["industry"]) if "industry" in row else None) for row in rows]


def triggers(rule: Rule) -> Iterator[str]:
    yield from rule.terms
    for near in rule.near:
        for words in near.words:
            yield from words
    for claim in rule.claims:
        yield from claim.what
    for pattern in rule.patterns:
        for words in anchors(pattern):
            yield from words


@pytest.mark.parametrize("chapter", ["ads", "clauses"])
def test_no_long_trigger_stands_in_a_text_that_is_measured(chapter: str) -> None:
    measured = "\n".join(plain(text) for text, _ in texts(chapter))
    long = {word for rule in rules_for(chapter) for word in triggers(rule) if len(word) > LONGEST_SHARED}
    assert not {word for word in long if word in measured}


@pytest.mark.parametrize("chapter", ["ads", "clauses"])
def test_a_rule_that_only_one_measured_text_hits_has_five_cases_of_its_own(chapter: str) -> None:
    hits: dict[str, set[int]] = defaultdict(set)
    for number, (text, sector) in enumerate(texts(chapter)):
        for finding in reviewer(chapter).review(text, on=LATEST, occasion=Occasion(sector)).findings:
            hits[finding.rule].add(number)
    lonely = {rule for rule, numbers in hits.items() if len(numbers) == 1}
    few = {rule for rule in lonely if len(load_cases(folder().joinpath(chapter, rule.split(".")[1]))) < FEWEST_CASES}
    assert not few
