"""One automaton over all words of all rules, and what the words found set going (匹配).

All terms, words of `near`, `claims` and `compares`, and the anchors of all patterns go into one
Aho–Corasick automaton. A text passes it once; only matchers of which a word was seen are tried, on
the sentences where it stands. So time grows with the text, hardly with the number of rules.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property

from guiju.kernel.rules.figures import NUMBER, figure_of
from guiju.kernel.rules.matchers import Claim, Compare, Near
from guiju.kernel.rules.normalise import Normalised, plain

Span = tuple[int, int]
Predicate = Callable[[str, date], Iterable[Span]]
"""A named function: the places of a normalised text that set the rule off on a day."""

_BREAK = re.compile(r"[。!?;\n…]")


Mark = tuple[int, int, int]
"""A word seen: which list of its matcher it belongs to, start, end."""


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

    def crosses(self, start: int, end: int) -> bool:
        """Whether a span reaches from one sentence into the next."""
        if not self._breaks:
            return False
        k = bisect_right(self._breaks, start)
        return k < len(self._breaks) and self._breaks[k] < end


class Terms:
    """Words that are a hit by themselves."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = (tuple(words),)

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        return ((start, end) for _, start, end in marks)


class Expression:
    """A pattern, compiled when one of its anchors is first seen."""

    def __init__(self, pattern: str, anchors: Iterable[Iterable[str]] = ()) -> None:
        self.words = tuple(tuple(sorted(words)) for words in anchors)
        self._pattern = pattern

    @cached_property
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(self._pattern)

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        """Every match that isn't empty and lies within one sentence."""
        for match in self._compiled.finditer(scan.text):
            start, end = match.span()
            if end > start and not scan.crosses(start, end):
                yield start, end


class Nearness:
    """Words of several lists close together (`near`): from each word of the sought list, the others."""

    def __init__(self, near: Near) -> None:
        self.words = (near.words[near.seek],)
        self._near = near
        places = range(len(near.words))
        # From the sought list outwards, so that each next one lies beside what is found already.
        self._others = [*places[near.seek + 1 :], *reversed(places[: near.seek])]

    @cached_property
    def _lists(self) -> list[re.Pattern[str]]:
        return [one_of_words(words) for words in self._near.words]

    @cached_property
    def _reach(self) -> int:
        return self._near.within + max(len(word) for words in self._near.words for word in words)

    def spans(self, scan: Scan, marks: Sequence[Mark]) -> Iterator[Span]:
        for _, start, end in marks:
            bounds = scan.sentence(start)
            found = start, end
            for other in self._others:
                wider = self._with(scan.text, found, other, bounds)
                if wider is None:
                    break
                found = wider
            else:
                yield found

    def _with(self, text: str, found: Span, other: int, bounds: Span) -> Span | None:
        """What is found, widened by the nearest word of another list; None when there is none."""
        after = before = None
        if not self._near.ordered or other > self._near.seek:
            match = self._lists[other].search(text, found[1], min(bounds[1], found[1] + self._reach))
            after = match if match and match.start() - found[1] <= self._near.within else None
        if not self._near.ordered or other < self._near.seek:
            for match in self._lists[other].finditer(text, max(bounds[0], found[0] - self._reach), found[0]):
                before = match if found[0] - match.end() <= self._near.within else before
        if after and before:
            nearer_after = after.start() - found[1] <= found[0] - before.end()
            after, before = (after, None) if nearer_after else (None, before)
        if after:
            return found[0], after.end()
        return (before.start(), found[1]) if before else None


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
        for _, begin, stop in marks:
            start, end = scan.sentence(begin)
            left = stop if self._claim.ordered else max(start, begin - reach)
            for match in self._number.finditer(scan.text, left, min(end, stop + reach)):
                value = figure_of(match["number"] or match["percent"])
                first, last = match.span()
                gap = first - stop if first >= stop else begin - last
                if value is not None and 0 <= gap <= self._claim.within and self._claim.holds(value, scan.on):
                    yield min(begin, first), max(stop, last)


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
        for role, begin, stop in marks:
            start, end = scan.sentence(begin)
            match = self._number.search(scan.text, stop, min(end, stop + self._compare.within + 24))
            if match and match.start() - stop <= self._compare.within:
                value = figure_of(match["number"] or match["percent"])
                if value is not None:
                    values[role].setdefault(start, (value, (begin, match.end())))
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


def one_of_words(words: Sequence[str]) -> re.Pattern[str]:
    """A pattern for any of the words, in their plain form, the longest first."""
    return re.compile("|".join(re.escape(plain(word)) for word in sorted(words, key=len, reverse=True)))


def _with_unit(units: Sequence[str]) -> re.Pattern[str]:
    """A number and its unit; 百分之三十 is 30 with the unit %."""
    words = "|".join(re.escape(unit) for unit in sorted(units, key=len, reverse=True))
    percent = rf"|百分之(?P<percent>{NUMBER})" if "%" in units else "|(?P<percent>(?!))"
    return re.compile(rf"(?:(?P<number>{NUMBER})(?:多|余|几|来|以上)? ?(?:{words}){percent})")
