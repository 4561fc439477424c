"""Law as data (规则库): statutes word for word, and rules that quote them."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import import_module, resources
from importlib.resources.abc import Traversable

from guiju.kernel.rules.facts import evaluate
from guiju.kernel.rules.load import load_context, load_rules, load_words
from guiju.kernel.rules.model import Case, Outcome, Rule
from guiju.kernel.rules.scan import Predicate
from guiju.kernel.rules.statutes import Statute, read_statute
from guiju.kernel.rules.text import Reviewer, outcome_of

VERSION = "2026.11.2"
"""Raised with every change of a rule; a verdict names it (规则版本)."""

LATEST = date(2026, 11, 24)
"""Up to this day the law has been followed; a clean answer names it (规则截至)."""

CHAPTERS = ("ads", "clauses", "organisations")


def folder() -> Traversable:
    return resources.files(__package__)


@cache
def words() -> dict[str, tuple[str, ...]]:
    """The shared lists of words that rules name as `<疾病>`."""
    return load_words(folder().joinpath("words"))


@cache
def rules_for(chapter: str) -> tuple[Rule, ...]:
    """The rules of one chapter, checked against their schema."""
    return load_rules(folder().joinpath(chapter), words())


@cache
def rules_at(action: str) -> tuple[Rule, ...]:
    """The rules that the gate of one service asks, e.g. of `organisations.register_company`."""
    return tuple(rule for chapter in CHAPTERS for rule in rules_for(chapter) if action in rule.actions)


@cache
def reviewer(chapter: str) -> Reviewer:
    """The chapter's text rules, compiled, with the exceptions that they share."""
    rules = rules_for(chapter)
    return Reviewer(
        rules,
        context=load_context(folder().joinpath(chapter), words()),
        predicates={rule.predicate: _predicate(rule.predicate) for rule in rules if rule.predicate},
    )


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
