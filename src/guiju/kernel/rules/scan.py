"""One automaton over all words of all rules, and what the words found set going (匹配).

All terms, words of `near`, `claims` and `compares`, and the anchors of all patterns go into one
Aho–Corasick automaton. A text passes it once; only matchers of which a word was seen are tried, on
the sentences where it stands. So time grows with the text, hardly with the number of rules.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property
from typing import NamedTuple

from guiju.kernel.rules.figures import NUMBER, figure_of
from guiju.kernel.rules.matchers import Claim, Compare, Near
from guiju.kernel.rules.normalise import Normalised

Span = tuple[int, int]
Predicate = Callable[[str, date], Iterable[Span]]
"""A named function: the places of a normalised text that set the rule off on a day."""

_BREAK = re.compile(r"[。!?;\n…]")


class Mark(NamedTuple):
    """A word seen; `role` tells which list of its matcher it belongs to."""

    role: int
    start: int
    end: int


class Scan:
    """A text under review: its sentences, found when first asked for."""

    def __init__(self, seen: Normalised, on: date) -> None:
        self.text = seen.text
        self.on = on

    @cached_property
    def _breaks(self) -> list[int]:
        return [match.end() for match in _BREAK.finditer(self.text)]

    def sentence(self, place: int) -> Span:
        """The sentence around a place, with the mark that ends it."""
        k = bisect_right(self._breaks, place)
        return (self._breaks[k - 1] if k else 0), (self._breaks[k] if k < len(self._breaks) else len(self.text))

    def sentences(self, marks: Sequence[Mark]) -> Iterator[Span]:
        """The sentences in which the marks stand, each once."""
        until = -1
        for mark in sorted(marks, key=lambda mark: mark.start):
            if mark.start >= until:
                start, until = self.sentence(mark.start)
                yield start, until


class Terms:
    """Words that are a hit by themselves."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = (tuple(words),)

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        return ((mark.start, mark.end) for mark in marks)


class Expression:
    """A pattern, compiled when one of its anchors is first seen."""

    def __init__(self, pattern: str, anchors: Iterable[str]) -> None:
        self.words = (tuple(sorted(anchors)),)
        self._pattern = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern)

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        """Every match that isn't empty, in the sentences of the marks (without any: in all)."""
        places = scan.sentences(marks) if self.words[0] else [(0, len(scan.text))]
        for start, end in places:
            for match in self._compiled.finditer(scan.text[start:end]):
                if match.end() > match.start():
                    yield start + match.start(), start + match.end()

    def search(self, text: str) -> bool:
        return self._compiled.search(text) is not None


class Nearness:
    """Words of several lists close together: from each of the first, the nearest of the others."""

    def __init__(self, near: Near) -> None:
        self.words = near.words
        self._near = near

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        by_role: list[list[Span]] = [[] for _ in self.words]
        for mark in marks:
            by_role[mark.role].append((mark.start, mark.end))
        if not all(by_role):
            return
        for places in by_role:
            places.sort()
        starts = [[start for start, _ in places] for places in by_role]
        for first in by_role[0]:
            found = first
            bounds = scan.sentence(first[0])
            for places, at in zip(by_role[1:], starts[1:], strict=True):
                nearest = self._nearest(found, places, at, bounds)
                if nearest is None:
                    break
                found = min(found[0], nearest[0]), max(found[1], nearest[1])
            else:
                yield found

    def _nearest(self, found: Span, places: list[Span], starts: list[int], bounds: Span) -> Span | None:
        after = bisect_left(starts, found[1])
        best: tuple[int, Span] | None = None
        if after < len(places):
            place = places[after]
            if place[1] <= bounds[1] and place[0] - found[1] <= self._near.within:
                best = place[0] - found[1], place
        if not self._near.ordered:
            for place in reversed(places[max(0, bisect_left(starts, found[0]) - 4) : bisect_left(starts, found[0])]):
                if place[1] <= found[0] and place[0] >= bounds[0]:
                    gap = found[0] - place[1]
                    if gap <= self._near.within and (best is None or gap < best[0]):
                        best = gap, place
                    break
        return best[1] if best else None


class Quantity:
    """A promise with a number (`claims`)."""

    def __init__(self, claim: Claim) -> None:
        self.words = (claim.what,)
        self._claim = claim

    @cached_property
    def _number(self) -> re.Pattern[str]:
        return _with_unit(self._claim.unit)

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        reach = self._claim.within + 24
        for mark in marks:
            start, end = scan.sentence(mark.start)
            left = mark.end if self._claim.ordered else max(start, mark.start - reach)
            for match in self._number.finditer(scan.text[left : min(end, mark.end + reach)]):
                value = figure_of(match["number"] or match["percent"])
                first, last = left + match.start(), left + match.end()
                gap = first - mark.end if first >= mark.end else mark.start - last
                if value is not None and 0 <= gap <= self._claim.within and self._claim.holds(value, scan.on):
                    yield min(mark.start, first), max(mark.end, last)


class Comparison:
    """Two numbers after their words (`compares`)."""

    def __init__(self, compare: Compare) -> None:
        self.words = (compare.left, compare.right)
        self._compare = compare

    @cached_property
    def _number(self) -> re.Pattern[str]:
        return _with_unit(self._compare.unit)

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        values: tuple[dict[int, tuple[float, Span]], ...] = ({}, {})
        for mark in marks:
            start, end = scan.sentence(mark.start)
            match = self._number.search(scan.text, mark.end, min(end, mark.end + self._compare.within + 24))
            if match and match.start() - mark.end <= self._compare.within:
                value = figure_of(match["number"] or match["percent"])
                if value is not None:
                    values[mark.role].setdefault(start, (value, (mark.start, match.end())))
        for sentence, (left, place) in values[0].items():
            if sentence in values[1] and self._compare.holds(left, values[1][sentence][0]):
                other = values[1][sentence][1]
                yield min(place[0], other[0]), max(place[1], other[1])


class Asked:
    """A named predicate; it is asked of every text in which one of its anchors stands."""

    def __init__(self, predicate: Predicate, anchors: Sequence[str]) -> None:
        self.words = (tuple(anchors),)
        self._predicate = predicate

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        return iter(self._predicate(scan.text, scan.on))


Matcher = Terms | Expression | Nearness | Quantity | Comparison | Asked


def _with_unit(units: Sequence[str]) -> re.Pattern[str]:
    """A number and its unit; 百分之三十 is 30 with the unit %."""
    words = "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))
    percent = rf"|百分之(?P<percent>{NUMBER})" if "%" in units else "|(?P<percent>(?!))"
    return re.compile(rf"(?:(?P<number>{NUMBER})(?:多|余|几|来|以上)? ?(?:{words}){percent})")
