"""Why people complain, as a tree of two levels, and which cause a text speaks of (投诉的原因).

What a text speaks of is proposed by its words and by how like it is to texts whose cause somebody confirmed: both are
said with the proposal, and somebody decides. Pure functions, nothing is sent anywhere.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import sqrt

from ahocorasick_rs import AhoCorasick

from guiju.kernel.rules.normalise import normalise, plain

LEAST_LIKE = 0.35
"""Texts less alike than this say nothing of each other (内部规则)."""
_MOST_NAMED = 5


@dataclass(frozen=True)
class Cause:
    """One cause: `words` propose it, `sectors` have it (none: all), with `is_safety` a single case is one too many."""

    code: str
    label: str
    parent: str = ""
    words: tuple[str, ...] = ()
    sectors: tuple[str, ...] = ()
    is_safety: bool = False
    is_own: bool = False
    is_offered: bool = True


@dataclass(frozen=True)
class Proposal:
    """A cause that a text seems to speak of, how much says so, and why."""

    cause: Cause
    weight: float
    words: tuple[str, ...] = ()
    like: float = 0.0

    @property
    def why(self) -> str:
        said = [f"写到：{'、'.join(self.words)}"] if self.words else []
        if self.like:
            said.append(f"和已确认为这个原因的投诉用词相近（{self.like:.0%}）")
        return f"因为{'；'.join(said)}"


@dataclass(frozen=True)
class Tree:
    """The causes of a company: the branches in their order, and what hangs below each."""

    causes: tuple[Cause, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Cause]:
        return {one.code: one for one in self.causes}

    @property
    def branches(self) -> list[tuple[Cause, list[Cause]]]:
        """With what may be chosen now below each."""
        below: dict[str, list[Cause]] = {}
        for one in self.causes:
            if one.parent and one.is_offered:
                below.setdefault(one.parent, []).append(one)
        return [(one, below.get(one.code, [])) for one in self.causes if not one.parent]

    def label(self, code: str) -> str:
        """产品质量 / 包装破损; a code that is no more stands for itself."""
        if not code:
            return "还没有确定原因"
        found = self.by_code.get(code)
        if found is None:
            return code
        above = self.by_code.get(found.parent)
        return f"{above.label} / {found.label}" if above else found.label

    @property
    def leaves(self) -> list[Cause]:
        """What may be chosen."""
        return [one for one in self.causes if one.parent and one.is_offered]

    @cached_property
    def _words(self) -> tuple[list[str], list[list[Cause]]]:
        owners: dict[str, list[Cause]] = {}
        for one in self.leaves:
            for word in one.words:
                if said := plain(word):
                    owners.setdefault(said, []).append(one)
        return list(owners), list(owners.values())

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(self._words[0])

    def proposed(self, text: str, known: Sequence[tuple[str, str]] = ()) -> list[Proposal]:
        """The causes that a text seems to speak of, the likeliest first.

        `known` are texts with the cause that somebody confirmed. A longer word says more than a short one.
        """
        found = self._by_words(text)
        alike = self._by_likeness(text, known)
        proposals = []
        for code in {*found, *alike}:
            words, like = found.get(code, []), alike.get(code, 0.0)
            weight = sum(len(one) for one in words) + 6 * like
            proposals.append(Proposal(self.by_code[code], weight, tuple(words[:_MOST_NAMED]), like))
        return sorted(proposals, key=lambda one: (-one.weight, one.cause.code))

    def _by_words(self, text: str) -> dict[str, list[str]]:
        words, owners = self._words
        found: dict[str, list[str]] = {}
        for number in dict.fromkeys(
            number for number, _, _ in self._automaton.find_matches_as_indexes(normalise(text).text, overlapping=True)
        ):
            for one in owners[number]:
                found.setdefault(one.code, []).append(words[number])
        # 质量问题 says what 质量 says, and is counted once.
        return {
            code: [one for one in said if not any(one != more and one in more for more in said)]
            for code, said in found.items()
        }

    def _by_likeness(self, text: str, known: Sequence[tuple[str, str]]) -> dict[str, float]:
        own = pairs_of(text)
        best: dict[str, float] = {}
        offered = {one.code for one in self.leaves}
        for code, other in known:
            if code in offered and (like := likeness(own, pairs_of(other))) >= LEAST_LIKE:
                best[code] = max(best.get(code, 0.0), like)
        return best


def pairs_of(text: str) -> Counter[str]:
    """How often two characters stand side by side; marks and case are left out."""
    words = [one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum()]
    return Counter(first + second for first, second in pairwise(words))


def likeness(one: Mapping[str, int], other: Mapping[str, int]) -> float:
    """The cosine of two texts by their pairs: 1 for the same, 0 for nothing in common."""
    if not one or not other:
        return 0.0
    shared = sum(count * other.get(pair, 0) for pair, count in one.items())
    return shared / (_length(one.values()) * _length(other.values()))


def _length(counts: Iterable[int]) -> float:
    return sqrt(sum(count * count for count in counts))
