"""The rulebook holds what it claims: every quote, every date, every case (规则库)."""

from __future__ import annotations

import pytest

from guiju.kernel.rules.facts import evaluate
from guiju.kernel.rules.load import load_cases
from guiju.kernel.rules.model import Case, Outcome, Rule
from guiju.kernel.rules.text import outcome_of
from guiju.rulebook import CHAPTERS, folder, rules_for, statute, statutes

RULES = [rule for chapter in CHAPTERS for rule in rules_for(chapter)]
CASES = [(rule, case) for rule in RULES for case in load_cases(folder().joinpath(rule.chapter, rule.id.split(".")[1]))]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@pytest.mark.parametrize(("rule", "case"), CASES, ids=lambda one: getattr(one, "id", getattr(one, "name", "")))
def test_a_rule_judges_its_own_cases_as_they_say(rule: Rule, case: Case) -> None:
    if rule.when:
        assert evaluate(rule, case.facts or {}, on=case.day) is case.expect
    else:
        assert case.text is not None
        assert outcome_of(rule, case.text, on=case.day, sector=case.sector, channel=case.channel) is case.expect


@every_rule
def test_a_rule_stands_in_the_folder_of_its_name(rule: Rule) -> None:
    assert folder().joinpath(rule.chapter, rule.id.removeprefix(f"{rule.chapter}."), "rule.yaml").is_file()


@every_rule
def test_every_quote_stands_word_for_word_in_its_article(rule: Rule) -> None:
    for cited in rule.citations:
        assert cited.quote in statute(cited.law).articles[cited.article], cited


@every_rule
def test_a_rule_begins_no_earlier_than_the_laws_that_bear_it(rule: Rule) -> None:
    for cited in rule.citations:
        since = statute(cited.law).since
        assert since is not None and since <= rule.applies_from, cited


@every_rule
def test_a_text_that_is_not_known_to_be_in_force_is_marked(rule: Rule) -> None:
    for cited in rule.citations:
        assert cited.is_verified == (statute(cited.law).in_force == "true"), cited


@every_rule
def test_a_rule_has_violating_and_lawful_cases_and_one_the_day_before(rule: Rule) -> None:
    cases = [case for known, case in CASES if known is rule]
    expected = {case.expect for case in cases}
    assert {Outcome.TRIGGERED, Outcome.NOT_TRIGGERED, Outcome.NOT_IN_FORCE} <= expected
    if rule.sectors or rule.when:
        assert Outcome.FACTS_MISSING in expected
    eve = max(case.day for case in cases if case.expect is Outcome.NOT_IN_FORCE)
    assert (rule.applies_from - eve).days == 1


@every_rule
def test_a_rule_says_what_is_wrong_and_how_to_mend_it(rule: Rule) -> None:
    assert rule.message and rule.mend and not rule.message.endswith("。")


def test_every_stored_statute_can_be_read() -> None:
    for name in statutes():
        stored = statute(name)
        assert stored.title and stored.articles, name


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 16
