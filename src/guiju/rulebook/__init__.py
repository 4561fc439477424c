"""Law as data (规则库): statutes word for word, and rules that quote them."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import import_module, resources
from importlib.resources.abc import Traversable

from guiju.kernel.identifiers.checks import CHECKS
from guiju.kernel.rules.columns import Classifier, ColumnRule
from guiju.kernel.rules.facts import evaluate
from guiju.kernel.rules.load_columns import load_column_rules, load_lexicon
from guiju.kernel.rules.model import Case, Outcome, Rule
from guiju.kernel.rules.scan import Predicate
from guiju.kernel.rules.statutes import Statute, read_statute
from guiju.kernel.rules.text import Reviewer, outcome_of
from guiju.rulebook.compiled import Chapter, compiled

VERSION = "2026.11.12"
"""Raised with every change of a rule; a verdict names it (规则版本)."""

LATEST = date(2026, 11, 25)
"""Up to this day the law has been followed; a clean answer names it (规则截至)."""

CHAPTERS = ("ads", "clauses", "organisations", "privacy", "retention", "review")


def folder() -> Traversable:
    return resources.files(__package__)


@cache
def _chapter(name: str) -> Chapter:
    return compiled(folder().joinpath(name), folder().joinpath("words"))


def rules_for(chapter: str) -> tuple[Rule, ...]:
    """The rules of one chapter, checked against their schema."""
    return _chapter(chapter).rules


@cache
def rules_at(action: str) -> tuple[Rule, ...]:
    """The rules that the gate of one service asks, e.g. of `organisations.register_company`."""
    return tuple(rule for chapter in CHAPTERS for rule in rules_for(chapter) if action in rule.actions)


@cache
def reviewer(chapter: str) -> Reviewer:
    """The chapter's text rules, compiled, with the exceptions that they share."""
    given = _chapter(chapter)
    return Reviewer(
        given.rules,
        context=given.context,
        predicates={rule.predicate: _predicate(rule.predicate) for rule in given.rules if rule.predicate},
        anchors_of=given.anchors.__getitem__,
    )


@cache
def classifier() -> Classifier:
    """The column rules (字段分类), compiled."""
    return Classifier(column_rules(), load_lexicon(folder().joinpath("fields")), CHECKS)


@cache
def column_rules() -> tuple[ColumnRule, ...]:
    """The rules by which columns are classified, in the order of their rank."""
    return load_column_rules(folder().joinpath("fields"))


@cache
def _unverified() -> frozenset[tuple[str, str]]:
    rules: list[Rule | ColumnRule] = [*column_rules(), *(rule for chapter in CHAPTERS for rule in rules_for(chapter))]
    return frozenset((cited.law, cited.article) for rule in rules for cited in rule.citations if not cited.is_verified)


def is_verified(law: str, article: str) -> bool:
    """Whether the cited words are known to be those in force; where not, an answer says so (文本待核)."""
    return (law, article) not in _unverified()


def _predicate(name: str) -> tuple[Predicate, tuple[str, ...]]:
    module = import_module(f"{__package__}.predicates.{name}")
    return module.find, module.ANCHORS


@cache
def statute(name: str) -> Statute:
    """A stored statute by the name of its file; raises `FileNotFoundError`."""
    return read_statute(folder().joinpath("law", f"{name}.md"))


def statutes() -> list[str]:
    """The names of all stored statutes."""
    return sorted(
        entry.name.removesuffix(".md") for entry in folder().joinpath("law").iterdir() if entry.name.endswith(".md")
    )


def case_day(rule: Rule) -> date:
    """A day on which the rule is in force: the last one known, or today's law."""
    return rule.applies_until or max(rule.applies_from, LATEST)


def judge(rule: Rule, case: Case) -> Outcome:
    """What a rule says about one of its own cases."""
    day = case.day or case_day(rule)
    if rule.when:
        return evaluate(rule, case.facts or {}, on=day)
    return outcome_of(rule, case.text or "", on=day, occasion=case.occasion_of(rule), reviewer=reviewer(rule.chapter))
