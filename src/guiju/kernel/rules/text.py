"""Text rules: which are set off by a piece of copy, where, and what follows (审查)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from guiju.kernel.rules.model import Outcome, Rule, Severity
from guiju.kernel.rules.normalise import Normalised, normalise

Decision = Literal["pass", "review", "block"]

_SENTENCE = re.compile(r"[^。!?;\n]+[。!?;\n]*")
_EDGE = 30
"""How many characters count as the start or the end of a text."""


@dataclass(frozen=True)
class Finding:
    """One rule set off at one place; `start` and `end` point into the original text.

    For a missing element the span is empty and stands where the element belongs.
    """

    rule: str
    category: str
    severity: str
    start: int
    end: int
    excerpt: str
    law: str
    article: str
    quote: str
    message: str
    suggestion: str


@dataclass(frozen=True)
class Verdict:
    """What the rules say of one text.

    `facts_missing` names rules that could not be asked because the sector or channel isn't known:
    their silence is no "no". `asked` counts the rules that were.
    """

    decision: Decision
    findings: tuple[Finding, ...]
    facts_missing: tuple[str, ...] = ()
    asked: int = 0

    def as_answer(self, text_id: str | int, text: str) -> dict[str, Any]:
        """The object that commands and API print, one a line."""
        return {
            "id": text_id,
            "text": text,
            "decision": self.decision,
            "findings": [vars(finding) for finding in self.findings],
            "facts_missing": list(self.facts_missing),
        }


class Reviewer:
    """All text rules of a chapter, compiled once, used for many texts."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._compiled = [_Compiled(rule) for rule in rules if not rule.when]

    def review(self, text: str, *, on: date, sector: str | None = None, channel: str | None = None) -> Verdict:
        seen = normalise(text)
        in_force = [compiled for compiled in self._compiled if compiled.rule.is_in_force(on)]
        asked = [compiled for compiled in in_force if compiled.rule.applies_to(sector, channel)]
        findings = [finding for compiled in asked for finding in compiled.findings(seen, sector)]
        findings.sort(key=lambda finding: (finding.start, finding.end, finding.rule))
        missing = tuple(one.rule.id for one in in_force if one.rule.lacks(sector, channel))
        return Verdict(_decide(findings), tuple(findings), missing, len(asked))


def outcome_of(rule: Rule, text: str, *, on: date, sector: str | None, channel: str | None) -> Outcome:
    """What one text rule says about one text."""
    if not rule.is_in_force(on):
        return Outcome.NOT_IN_FORCE
    if rule.lacks(sector, channel):
        return Outcome.FACTS_MISSING
    hit = Reviewer([rule]).review(text, on=on, sector=sector, channel=channel).findings
    return Outcome.TRIGGERED if hit else Outcome.NOT_TRIGGERED


def _decide(findings: list[Finding]) -> Decision:
    severities = {finding.severity for finding in findings}
    if Severity.BLOCK in severities:
        return "block"
    return "review" if Severity.REVIEW in severities else "pass"


class _Compiled:
    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        alternatives = [re.escape(term) for term in sorted(rule.terms, key=len, reverse=True)]
        self._trigger = _one_of([*alternatives, *rule.patterns])
        self._unless = _one_of(rule.unless)
        self._element = _one_of(rule.required.any_of) if rule.required else None
        self._occasion = _one_of(rule.required.when) if rule.required else None

    def findings(self, seen: Normalised, sector: str | None) -> Iterator[Finding]:
        """Each place that sets the rule off, with the article that bears it for the sector."""
        if self._trigger is not None:
            for start, end in self._hits(seen):
                yield self._finding(seen, start, end, sector)
        if self._element is not None and not self._is_there(seen):
            place = 0 if self.rule.required and self.rule.required.where == "start" else len(seen.original)
            yield self._finding(seen, place, place, sector)

    def _hits(self, seen: Normalised) -> Iterator[tuple[int, int]]:
        assert self._trigger is not None
        for sentence in _SENTENCE.finditer(seen.text):
            words = sentence[0]
            excused = [match.span() for match in self._unless.finditer(words)] if self._unless else []
            for hit in self._trigger.finditer(words):
                if hit.end() > hit.start() and not any(a < hit.end() and hit.start() < b for a, b in excused):
                    yield seen.span(sentence.start() + hit.start(), sentence.start() + hit.end())

    def _is_there(self, seen: Normalised) -> bool:
        assert self.rule.required is not None and self._element is not None
        if self._occasion is not None and not self._occasion.search(seen.text):
            return True
        match self.rule.required.where:
            case "start":
                return bool(self._element.search(seen.text[:_EDGE].lstrip()))
            case "end":
                return bool(self._element.search(seen.text[-_EDGE:]))
            case _:
                return bool(self._element.search(seen.text))

    def _finding(self, seen: Normalised, start: int, end: int, sector: str | None) -> Finding:
        rule = self.rule
        cited = rule.borne_by(sector)
        return Finding(
            rule=rule.id,
            category=rule.category,
            severity=rule.severity.value,
            start=start,
            end=end,
            excerpt=seen.original[start:end],
            law=cited.law if cited else "",
            article=cited.article if cited else "",
            quote=cited.quote if cited else "",
            message=rule.message,
            suggestion=rule.mend,
        )


def _one_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(joined) if joined else None
