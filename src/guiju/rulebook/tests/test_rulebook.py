"""The rulebook holds what it claims: every quote, every date, every case (规则库)."""

from __future__ import annotations

from datetime import date, timedelta

import msgspec
import pytest

from guiju.kernel.rules.anchors import anchors
from guiju.kernel.rules.columns import Column, ColumnRule
from guiju.kernel.rules.facts import evaluate
from guiju.kernel.rules.load import load_cases
from guiju.kernel.rules.load_columns import load_column_cases
from guiju.kernel.rules.model import Case, Occasion, Outcome, Rule
from guiju.kernel.rules.text import outcome_of
from guiju.rulebook import (
    CHAPTERS,
    LATEST,
    case_day,
    classifier,
    column_rules,
    folder,
    judge,
    reviewer,
    rules_for,
    statute,
    statutes,
)

RULES = [rule for chapter in CHAPTERS for rule in rules_for(chapter)]
CASES = [(rule, case) for rule in RULES for case in load_cases(folder().joinpath(rule.chapter, rule.id.split(".")[1]))]
every_rule = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)


@pytest.mark.parametrize(("rule", "case"), CASES, ids=lambda one: getattr(one, "id", getattr(one, "name", "")))
def test_a_rule_judges_its_own_cases_as_they_say(rule: Rule, case: Case) -> None:
    assert judge(rule, case) is case.expect, case.text


@pytest.mark.parametrize(("rule", "case"), CASES, ids=lambda one: getattr(one, "id", getattr(one, "name", "")))
def test_a_rule_is_silent_before_its_first_day_and_says_so(rule: Rule, case: Case) -> None:
    eve = msgspec.structs.replace(case, day=rule.applies_from - timedelta(days=1))
    assert judge(rule, eve) is Outcome.NOT_IN_FORCE


@every_rule
def test_a_rule_that_lacks_its_facts_says_so(rule: Rule) -> None:
    day = case_day(rule)
    if rule.when:
        assert evaluate(rule, {}, on=day) is Outcome.FACTS_MISSING
    elif (rule.sectors or rule.channels or rule.contract_types) and rule.without_facts == "silent":
        reader = reviewer(rule.chapter)
        assert outcome_of(rule, "", on=day, occasion=Occasion(), reviewer=reader) is Outcome.FACTS_MISSING


@every_rule
def test_every_pattern_has_a_word_to_wait_for_so_that_it_is_not_tried_on_every_text(rule: Rule) -> None:
    assert [pattern for pattern in rule.patterns if not anchors(pattern)] == []


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
        assert since is not None and since <= (cited.since or rule.applies_from), cited


@every_rule
def test_on_its_first_day_a_rule_of_law_is_borne_by_an_article(rule: Rule) -> None:
    for sector in rule.sectors or [None]:
        assert rule.basis == "house" or rule.borne_by(sector, rule.applies_from), sector


@every_rule
def test_a_text_that_is_not_known_to_be_in_force_is_marked(rule: Rule) -> None:
    for cited in rule.citations:
        stored = statute(cited.law)
        is_told = "转述" in cited.law or "转引" in stored.articles[cited.article]
        assert cited.is_verified == (stored.in_force == "true" and not is_told), cited


@every_rule
def test_a_rule_has_violating_and_lawful_cases(rule: Rule) -> None:
    expected = {case.expect for known, case in CASES if known is rule}
    assert expected == {Outcome.TRIGGERED, Outcome.NOT_TRIGGERED}


@every_rule
def test_a_rule_says_what_is_wrong_and_how_to_mend_it(rule: Rule) -> None:
    assert rule.message and rule.mend and not rule.message.endswith("。")


def test_every_stored_statute_can_be_read() -> None:
    for name in statutes():
        stored = statute(name)
        assert stored.title and stored.articles, name


def test_ids_are_unique() -> None:
    assert len({rule.id for rule in RULES}) == len(RULES) >= 40


def test_a_later_article_bears_a_rule_only_from_its_own_day() -> None:
    rule = next(rule for rule in RULES if rule.id == "ads.disease_treatment")
    laws = [rule.borne_by("cosmetics", day) for day in (date(2020, 12, 31), date(2021, 1, 1))]
    assert [cited.law for cited in laws if cited] == ["广告法", "化妆品监督管理条例"]


COLUMN_CASES = [
    (rule, column, is_it)
    for rule in column_rules()
    for column, is_it in load_column_cases(folder().joinpath("fields", rule.category))
]


@pytest.mark.parametrize(("rule", "column", "is_it"), COLUMN_CASES, ids=lambda one: getattr(one, "name", str(one)))
def test_a_column_rule_classifies_its_own_cases_as_they_say(rule: ColumnRule, column: Column, is_it: bool) -> None:
    findings = classifier().classify(column, on=LATEST).findings
    assert (rule.id in {finding.rule for finding in findings}) is is_it


@pytest.mark.parametrize("rule", column_rules(), ids=lambda rule: rule.id)
def test_a_column_rule_quotes_its_law_and_has_both_kinds_of_cases(rule: ColumnRule) -> None:
    for cited in rule.citations:
        stored = statute(cited.law)
        assert cited.quote in stored.articles[cited.article]
        assert stored.since is not None and stored.since <= rule.applies_from
    assert {is_it for known, _, is_it in COLUMN_CASES if known is rule} == {True, False}
    before = rule.applies_from - timedelta(days=1)
    assert all(
        rule.id not in {finding.rule for finding in classifier().classify(column, on=before).findings}
        for _, column, _ in COLUMN_CASES
    )
