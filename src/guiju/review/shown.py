"""Answers, rules and statutes as pages show them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from django.urls import reverse

from guiju.kernel.rules.columns import ColumnRule
from guiju.kernel.rules.load import load_cases
from guiju.kernel.rules.load_columns import load_column_cases
from guiju.kernel.rules.model import Case, Outcome, Rule
from guiju.kernel.rules.statutes import Statute
from guiju.kernel.sectors import LABELS, Sector
from guiju.rulebook import CHAPTERS, column_rules, folder, is_verified, rules_for, statute, statutes
from guiju.rulebook.labels import CHANNELS, COLUMN_CATEGORIES, DECISIONS, SEVERITIES
from guiju.rulebook.labels import CHAPTERS as CHAPTER_LABELS

MOST_SHOWN = 200
"""More answers than these are in the workbook only."""


@dataclass(frozen=True)
class Part:
    """A piece of the text; `severity` is empty where nothing was found."""

    text: str
    severity: str = ""
    number: int = 0
    law: str = ""

    @property
    def label(self) -> str:
        return SEVERITIES.get(self.severity, "")


@dataclass(frozen=True)
class Line:
    """One finding as the page lists it, with its number in the marked text."""

    number: int
    label: str
    finding: Mapping[str, Any]

    @property
    def address(self) -> str:
        """Where the article can be read."""
        law, article = self.finding["law"], self.finding["article"]
        return f"{reverse('statute_detail', args=[law])}#{article}" if law else ""

    @property
    def is_verified(self) -> bool:
        return is_verified(self.finding["law"], self.finding["article"])


@dataclass(frozen=True)
class ShownText:
    """One text with its words marked."""

    id: str
    decision: str
    label: str
    parts: tuple[Part, ...]
    lines: tuple[Line, ...]
    problem: str = ""


@dataclass(frozen=True)
class ShownColumn:
    name: str
    comment: str
    category: str
    is_personal: bool
    is_sensitive: bool
    lines: list[Line]
    problem: str = ""


def shown_texts(answers: Iterable[Mapping[str, Any]]) -> list[ShownText]:
    """The answers to show: those with findings first come first served, up to `MOST_SHOWN`."""
    found = [answer for answer in answers if "problem" in answer or answer["findings"]]
    return [_shown_text(answer) for answer in found[:MOST_SHOWN]]


def _shown_text(answer: Mapping[str, Any]) -> ShownText:
    if "problem" in answer:
        return ShownText(str(answer["id"]), "", "", (), (), answer["problem"])
    lines = [
        Line(number, SEVERITIES[finding["severity"]], finding) for number, finding in enumerate(answer["findings"], 1)
    ]
    decision = answer["decision"]
    return ShownText(
        str(answer["id"]), decision, DECISIONS[decision], tuple(_parts(answer["text"], lines)), tuple(lines)
    )


def _parts(text: str, lines: Iterable[Line]) -> list[Part]:
    """The text cut at its findings; where two overlap, the second begins after the first."""
    parts: list[Part] = []
    at = 0
    for line in lines:
        finding = line.finding
        start, end = max(at, finding["start"]), finding["end"]
        if end <= start:
            continue
        if start > at:
            parts.append(Part(text[at:start]))
        law = f"《{finding['law']}》{finding['article']}：{finding['quote']}" if finding["law"] else finding["message"]
        parts.append(Part(text[start:end], finding["severity"], line.number, law))
        at = end
    if at < len(text):
        parts.append(Part(text[at:]))
    return parts


def shown_columns(answers: Iterable[Mapping[str, Any]]) -> list[ShownColumn]:
    shown = []
    for answer in list(answers)[: 5 * MOST_SHOWN]:
        if "problem" in answer:
            shown.append(ShownColumn("", "", "", False, False, [], answer["problem"]))
            continue
        shown.append(
            ShownColumn(
                answer["column"],
                answer["comment"],
                COLUMN_CATEGORIES[answer["category"]],
                answer["personal"],
                answer["sensitive"],
                [Line(0, "", finding) for finding in answer["findings"]],
            )
        )
    return shown


@dataclass(frozen=True)
class ShownRule:
    """A rule in the list of the rulebook."""

    rule: Rule | ColumnRule
    chapter: str
    severity: str
    scope: str

    @property
    def words(self) -> tuple[str, ...]:
        """The plain words: terms of texts, or words of labels that are no patterns."""
        if isinstance(self.rule, Rule):
            return self.rule.terms
        return tuple(label for label in self.rule.labels if label == re.escape(label))

    @property
    def laws(self) -> str:
        return "、".join(dict.fromkeys(f"《{cited.law}》{cited.article}" for cited in self.rule.citations))


@cache
def shown_rules() -> tuple[ShownRule, ...]:
    """Every rule of every chapter."""
    shown = [
        ShownRule(rule, chapter, SEVERITIES[rule.severity], _scope_of(rule))
        for chapter in CHAPTERS
        for rule in rules_for(chapter)
    ]
    shown += [ShownRule(rule, "fields", _kind_of(rule), "全部") for rule in column_rules()]
    return tuple(shown)


def _kind_of(rule: ColumnRule) -> str:
    return "提示" if rule.is_hint else "敏感个人信息" if rule.sensitive else "个人信息"


def _scope_of(rule: Rule) -> str:
    sectors = "、".join(LABELS[Sector(sector)] for sector in rule.sectors) or "全部行业"
    channels = "、".join(CHANNELS[channel] for channel in rule.channels)
    return sectors + (f"；{channels}" if channels else "")


def find_rules(*, chapter: str = "", search: str = "") -> list[ShownRule]:
    """The rules of a chapter whose id, title, words or laws hold every word of `search`."""
    words = search.split()
    return [
        one
        for one in shown_rules()
        if (not chapter or one.chapter == chapter) and all(word in _searched(one.rule) for word in words)
    ]


@cache
def _searched(rule: Rule | ColumnRule) -> str:
    laws = " ".join(f"{cited.law}{cited.article}" for cited in rule.citations)
    words = " ".join(rule.terms) if isinstance(rule, Rule) else " ".join((*rule.labels, *rule.names))
    return f"{rule.id} {rule.title} {laws} {rule.message} {words}"


def rule_by_id(rule_id: str) -> ShownRule | None:
    return next((one for one in shown_rules() if one.rule.id == rule_id), None)


class ShownCase(NamedTuple):
    """A rule's own case and what it must say."""

    label: str
    is_hit: bool
    text: str


def cases_of(rule: Rule | ColumnRule) -> list[ShownCase]:
    """A rule's own cases."""
    place = folder().joinpath(*rule.id.split("."))
    if isinstance(rule, Rule):
        cases = [(case.expect is Outcome.TRIGGERED, _words_of(case)) for case in load_cases(place)]
        return [ShownCase("违反" if is_hit else "合法", is_hit, text) for is_hit, text in cases]
    columns = [
        (is_it, "　".join(filter(None, (column.table, column.name, column.label, "、".join(column.values)))))
        for column, is_it in load_column_cases(place)
    ]
    return [ShownCase("是" if is_it else "不是", is_it, text) for is_it, text in columns]


def _words_of(case: Case) -> str:
    words: dict[object, str] = {True: "是", False: "否"}
    return case.text or "　".join(f"{fact}：{words.get(value, value)}" for fact, value in (case.facts or {}).items())


@dataclass(frozen=True)
class ShownStatute:
    """A stored statute in the list of the library."""

    name: str
    statute: Statute
    cited: int

    @property
    def force(self) -> str:
        return {"true": "现行", "false": "已失效"}.get(self.statute.in_force, "文本待核")


@cache
def citing() -> dict[tuple[str, str], tuple[ShownRule, ...]]:
    """Law and article to the rules that cite them."""
    found: dict[tuple[str, str], dict[str, ShownRule]] = defaultdict(dict)
    for one in shown_rules():
        for cited in one.rule.citations:
            found[cited.law, cited.article][one.rule.id] = one
    return {place: tuple(rules.values()) for place, rules in found.items()}


@cache
def shown_statutes() -> tuple[ShownStatute, ...]:
    """Every stored statute, the most cited first."""
    counts: dict[str, int] = defaultdict(int)
    for (law, _), rules in citing().items():
        counts[law] += len(rules)
    shown = [ShownStatute(name, statute(name), counts[name]) for name in statutes()]
    return tuple(sorted(shown, key=lambda one: (-one.cited, one.name)))


def articles_of(name: str) -> list[tuple[str, list[str], tuple[ShownRule, ...]]]:
    """The articles of a statute in order: number, paragraphs, the rules that cite it."""
    return [
        (number, text.split("\n"), citing().get((name, number), ())) for number, text in statute(name).articles.items()
    ]


def chapters() -> list[tuple[str, str]]:
    return [(code, CHAPTER_LABELS[code]) for code in (*CHAPTERS[:2], "fields", *CHAPTERS[2:])]
