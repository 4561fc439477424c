"""Law as data (规则库): statutes word for word, and rules that quote them."""

from __future__ import annotations

from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from guiju.kernel.rules.load import load_rules
from guiju.kernel.rules.model import Rule
from guiju.kernel.rules.statutes import Statute, read_statute
from guiju.kernel.rules.text import Reviewer

VERSION = "2026.11.1"
"""Raised with every change of a rule; a verdict names it (规则版本)."""

CHAPTERS = ("ads", "organisations")


def folder() -> Traversable:
    return resources.files(__package__)


@cache
def rules_for(chapter: str) -> tuple[Rule, ...]:
    """The rules of one chapter, checked against their schema."""
    return load_rules(folder().joinpath(chapter))


@cache
def rules_at(action: str) -> tuple[Rule, ...]:
    """The rules that the gate of one service asks, e.g. of `organisations.register_company`."""
    return tuple(rule for chapter in CHAPTERS for rule in rules_for(chapter) if action in rule.actions)


@cache
def reviewer(chapter: str) -> Reviewer:
    return Reviewer(rules_for(chapter))


@cache
def statute(name: str) -> Statute:
    """A stored statute by the name of its file; raises `FileNotFoundError`."""
    return read_statute(folder().joinpath("law", f"{name}.md"))


def statutes() -> list[str]:
    """The names of all stored statutes."""
    return sorted(
        entry.name.removesuffix(".md") for entry in folder().joinpath("law").iterdir() if entry.name.endswith(".md")
    )
