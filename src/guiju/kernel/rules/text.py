"""Text rules: which are set off by a text, where, and what follows (审查)."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple

from ahocorasick_rs import AhoCorasick

from guiju.kernel.rules.anchors import anchors
from guiju.kernel.rules.matchers import Unless
from guiju.kernel.rules.model import UNKNOWN, CitedArticle, Occasion, Outcome, Rule, Severity
from guiju.kernel.rules.normalise import Normalised, normalise, plain, repeated
from guiju.kernel.rules.scan import (
    Asked,
    Comparison,
    Expression,
    Mark,
    Matcher,
    Nearness,
    Predicate,
    Quantity,
    Scan,
    Span,
    Terms,
)

Decision = Literal["pass", "review", "block"]

_EDGE = 30
"""How many characters count as the start or the end of a text."""


class Finding(NamedTuple):
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


class Verdict(NamedTuple):
    """What the rules say of one text.

    `facts_missing` names rules that could not be asked because the sector, channel or contract type
    isn't known: their silence is no "no". `asked` counts the rules that were.
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
            "findings": [finding._asdict() for finding in self.findings],
            "facts_missing": self.facts_missing,
        }


@dataclass(frozen=True)
class Exemption:
    """Words that one company may use (本公司词库), for the rules of some categories (none: of all)."""

    words: str
    categories: frozenset[str] = frozenset()


class Reviewer:
    """All text rules of a chapter, compiled once, used for many texts.

    `context` are exceptions that all rules share, by name; a rule that lists one in `despite` is not
    excused by it. `predicates` are the named functions, each with the words that call it.
    """

    def __init__(
        self,
        rules: Iterable[Rule],
        *,
        context: Mapping[str, Sequence[Unless]] | None = None,
        predicates: Mapping[str, tuple[Predicate, Sequence[str]]] | None = None,
        anchors_of: Callable[[str], Iterable[Iterable[str]]] = anchors,
    ) -> None:
        self.rules = tuple(rule for rule in rules if rule.is_on_text)
        self._anchors_of = anchors_of
        self._watches: dict[str, list[tuple[int, int]]] = {}
        self._matchers: list[Matcher] = []
        self._owners: list[int] = []
        self._excuses: list[Expression] = []
        shared = {name: [self._excuse(one) for one in listed] for name, listed in (context or {}).items()}
        self._judges = [
            _Judge(
                rule,
                (
                    *(self._excuse(one) for one in rule.unless),
                    *(one for name, listed in shared.items() if name not in rule.despite for one in listed),
                ),
            )
            for rule in self.rules
        ]
        for number, rule in enumerate(self.rules):
            for matcher in self._matchers_of(rule, predicates or {}):
                self._watch(len(self._matchers), matcher)
                self._matchers.append(matcher)
                self._owners.append(number)
        self._lists = [len(matcher.words) for matcher in self._matchers]
        self._anywhere = [number for number, matcher in enumerate(self._matchers) if not any(matcher.words)]
        self._waiting = [tuple(waiting) for waiting in self._watches.values()]
        self._automaton = AhoCorasick([*self._watches, *sorted(repeated(self._watches) - set(self._watches))])
        self._asked = lru_cache(maxsize=64)(self._asked_on)

    @property
    def word_count(self) -> int:
        """How many words the automaton looks for."""
        return len(self._waiting)

    def review(
        self,
        text: str,
        *,
        on: date,
        occasion: Occasion = UNKNOWN,
        exemptions: Sequence[Exemption] = (),
    ) -> Verdict:
        """Judge one text as of a day; linear in the length of the text."""
        asked = self._asked(on, occasion)
        seen = normalise(text, keep_repeats=True)
        hits = self._automaton.find_matches_as_indexes(seen.text, overlapping=True)
        if hits and max(hits)[0] >= len(self._waiting):
            seen = normalise(text)
            hits = self._automaton.find_matches_as_indexes(seen.text, overlapping=True)
        marks: dict[int, list[Mark]] = {}
        waiting = asked.waiting
        for word, start, end in hits:
            for number, role in waiting[word]:
                if number in marks:
                    marks[number].append((role, start, end))
                else:
                    marks[number] = [(role, start, end)]
        if not marks and not asked.requiring and not self._anywhere:
            return asked.nothing_found
        return self._judged(seen, marks, asked, on, exemptions)

    def _judged(
        self,
        seen: Normalised,
        marks: dict[int, list[Mark]],
        asked: _Asked,
        on: date,
        exemptions: Sequence[Exemption],
    ) -> Verdict:
        scan = Scan(seen, on)
        hits: dict[int, list[Span]] = {}
        for waiting, seen_of_it in self._called(marks, asked):
            lists = self._lists[waiting]
            if lists > 1 and (len(seen_of_it) < lists or len({role for role, _, _ in seen_of_it}) < lists):
                continue
            for span in self._matchers[waiting].spans(scan, seen_of_it):
                hits.setdefault(self._owners[waiting], []).append(span)
        lacking = [
            (number, place) for number in asked.requiring if (place := self._judges[number].missing(seen)) is not None
        ]
        if not hits and not lacking:
            return asked.nothing_found
        lawful = _Lawful(self._excuses, scan, exemptions)
        findings = [
            self._judges[number].finding(seen, *seen.span(start, end), asked, number)
            for number, spans in hits.items()
            for start, end in _joined(lawful.without(self._judges[number], spans))
        ]
        findings += [self._judges[number].finding(seen, place, place, asked, number) for number, place in lacking]
        if not findings:
            return asked.nothing_found
        findings = _without_echoes(findings)
        findings.sort(key=_by_place)
        return Verdict(_decide(findings), tuple(findings), asked.missing, asked.count)

    def _called(self, marks: dict[int, list[Mark]], asked: _Asked) -> Iterable[tuple[int, Sequence[Mark]]]:
        """The matchers of which a word was seen, and those that wait for none."""
        if not self._anywhere:
            return marks.items()
        return [*marks.items(), *((one, ()) for one in self._anywhere if asked.is_asked[self._owners[one]])]

    def _matchers_of(self, rule: Rule, predicates: Mapping[str, tuple[Predicate, Sequence[str]]]) -> Iterator[Matcher]:
        if rule.terms:
            yield Terms(rule.terms)
        for pattern in rule.patterns:
            yield Expression(pattern, self._anchors_of(pattern))
        yield from map(Nearness, rule.near)
        yield from map(Quantity, rule.claims)
        yield from map(Comparison, rule.compares)
        if rule.predicate:
            yield Asked(*predicates[rule.predicate])

    def _excuse(self, unless: Unless) -> tuple[int, str]:
        excuse = Expression(unless.pattern)
        self._excuses.append(excuse)
        return len(self._excuses) - 1, unless.reach

    def _watch(self, waiting: int, matcher: Matcher) -> None:
        for role, words in enumerate(matcher.words):
            for word in words:
                self._watches.setdefault(plain(word), []).append((waiting, role))

    def _asked_on(self, on: date, occasion: Occasion) -> _Asked:
        is_asked, missing, softened = [], [], set()
        for number, rule in enumerate(self.rules):
            in_force = rule.is_in_force(on)
            lacks = in_force and rule.lacks(occasion)
            if lacks:
                missing.append(rule.id)
            if lacks and rule.without_facts == "review":
                softened.add(number)
            is_asked.append(in_force and (number in softened if lacks else rule.applies_to(occasion)))
        requiring = tuple(
            number
            for number, judge in enumerate(self._judges)
            if is_asked[number] and judge.requires_of(occasion) and number not in softened
        )
        cited = tuple(rule.borne_by(occasion.sector, on) for rule in self.rules)
        waiting = [
            tuple((number, role) for number, role in watchers if is_asked[self._owners[number]])
            for watchers in self._waiting
        ]
        waiting += [()] * (len(repeated(self._watches)))
        return _Asked(
            on,
            occasion.sector,
            waiting,
            cited,
            tuple(is_asked),
            frozenset(softened),
            tuple(missing),
            sum(is_asked),
            requiring,
        )


class _Asked:
    """Which rules are asked on a day of one kind of text; made once, used for many texts."""

    def __init__(
        self,
        on: date,
        sector: str | None,
        waiting: list[tuple[tuple[int, int], ...]],
        cited: tuple[CitedArticle | None, ...],
        is_asked: tuple[bool, ...],
        softened: frozenset[int],
        missing: tuple[str, ...],
        count: int,
        requiring: tuple[int, ...],
    ) -> None:
        self.on = on
        self.sector = sector
        self.waiting = waiting
        self.cited = cited
        self.is_asked = is_asked
        self.softened = softened
        self.missing = missing
        self.count = count
        self.requiring = requiring
        self.nothing_found = Verdict("pass", (), missing, count)


class _Judge:
    """One rule: what excuses a hit, what must not be missing, what a finding of it says."""

    def __init__(self, rule: Rule, excuses: tuple[tuple[int, str], ...]) -> None:
        self.rule = rule
        self.excuses = excuses
        self._element = _one_of(rule.required.any_of) if rule.required else None
        self._occasion = _one_of(rule.required.when) if rule.required else None

    def requires_of(self, occasion: Occasion) -> bool:
        required = self.rule.required
        return required is not None and (occasion.is_whole or not required.whole)

    def missing(self, seen: Normalised) -> int | None:
        """The place in the original where the required element belongs and isn't."""
        required = self.rule.required
        assert required is not None and self._element is not None
        if self._occasion is not None and not self._occasion.search(seen.text):
            return None
        match required.where:
            case "start":
                found = self._element.search(seen.text[:_EDGE].lstrip())
            case "end":
                found = self._element.search(seen.text[-_EDGE:])
            case _:
                found = self._element.search(seen.text)
        if found:
            return None
        return 0 if required.where == "start" else len(seen.original)

    def finding(self, seen: Normalised, start: int, end: int, asked: _Asked, number: int) -> Finding:
        rule = self.rule
        excerpt = seen.original[start:end]
        cited = asked.cited[number]
        if rule.cites_by_words:
            cited = rule.borne_by(asked.sector, asked.on, plain(excerpt))
        return Finding(
            rule.id,
            rule.category,
            Severity.REVIEW.value if number in asked.softened else rule.severity.value,
            start,
            end,
            excerpt,
            cited.law if cited else "",
            cited.article if cited else "",
            cited.quote if cited else "",
            rule.message,
            rule.mend,
        )


class _Lawful:
    """What makes hits of one text lawful: exceptions of the rules, and words of the company."""

    def __init__(
        self,
        excuses: Sequence[Expression],
        scan: Scan,
        exemptions: Sequence[Exemption],
    ) -> None:
        self._excuses = excuses
        self._scan = scan
        self._spans: dict[int, list[Span]] = {}
        self._exempt = [(_places(plain(one.words), scan.text), one.categories) for one in exemptions]

    def without(self, judge: _Judge, spans: Iterable[Span]) -> list[Span]:
        """The hits of a rule that nothing excuses."""
        left = list(spans)
        for number, reach in judge.excuses:
            if excusing := self._of(number):
                left = [span for span in left if not self._reaches(excusing, span, reach)]
                if not left:
                    break
        for places, categories in self._exempt:
            if places and (not categories or judge.rule.category in categories):
                left = [span for span in left if not _overlaps(places, span)]
        return left

    def _of(self, number: int) -> list[Span]:
        """Where an exception stands, in the whole text; asked once for all rules."""
        if number not in self._spans:
            self._spans[number] = list(self._excuses[number].spans(self._scan, ()))
        return self._spans[number]

    def _reaches(self, excusing: list[Span], span: Span, reach: str) -> bool:
        match reach:
            case "text":
                return True
            case "sentence":
                return _overlaps(excusing, self._scan.sentence(span[0]))
            case _:
                return _overlaps(excusing, span)


def outcome_of(rule: Rule, text: str, *, on: date, occasion: Occasion, reviewer: Reviewer | None = None) -> Outcome:
    """What one text rule says about one text; `reviewer` brings shared exceptions and predicates."""
    if not rule.is_in_force(on):
        return Outcome.NOT_IN_FORCE
    if rule.lacks(occasion) and rule.without_facts == "silent":
        return Outcome.FACTS_MISSING
    hits = (reviewer or Reviewer([rule])).review(text, on=on, occasion=occasion).findings
    return Outcome.TRIGGERED if any(hit.rule == rule.id for hit in hits) else Outcome.NOT_TRIGGERED


def _decide(findings: list[Finding]) -> Decision:
    severities = {finding.severity for finding in findings}
    if Severity.BLOCK in severities:
        return "block"
    return "review" if Severity.REVIEW in severities else "pass"


def _without_echoes(findings: list[Finding]) -> list[Finding]:
    """A milder finding of the same kind at the same place says nothing new."""
    if len(findings) < 2:
        return findings
    said: dict[str, list[Span]] = {}
    kept: list[Finding] = []
    for severity in _GRAVITY:
        fresh = [
            one
            for one in findings
            if one.severity == severity
            and not (one.end > one.start and _overlaps(said.get(one.category, []), (one.start, one.end)))
        ]
        kept += fresh
        for category in {one.category for one in fresh}:
            spans = [(one.start, one.end) for one in fresh if one.category == category and one.end > one.start]
            said[category] = list(_joined(said.get(category, []) + spans))
    return kept


_GRAVITY = {"block": 0, "review": 1, "advise": 2}


def _by_place(finding: Finding) -> tuple[int, int, int, str]:
    """Where two begin together, the graver comes first, then the longer."""
    return finding.start, _GRAVITY[finding.severity], -finding.end, finding.rule


def _joined(spans: list[Span]) -> Iterator[Span]:
    """Spans that overlap become one."""
    current: Span | None = None
    for start, end in sorted(spans):
        if current is not None and start < current[1]:
            current = current[0], max(current[1], end)
            continue
        if current is not None:
            yield current
        current = start, end
    if current is not None:
        yield current


def _overlaps(places: list[Span], span: Span) -> bool:
    """Whether one of the places, in order and apart, overlaps the span."""
    k = bisect_right(places, span[0], key=lambda place: place[1])
    return k < len(places) and places[k][0] < span[1]


def _places(words: str, text: str) -> list[Span]:
    return [match.span() for match in re.finditer(re.escape(words), text)] if words else []


def _one_of(patterns: Iterable[str]) -> re.Pattern[str] | None:
    joined = "|".join(f"(?:{pattern})" for pattern in patterns)
    return re.compile(joined) if joined else None
