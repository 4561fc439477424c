"""Words of which one must stand in the text for a pattern to match (触发词).

They go into one automaton with all other words; a pattern is tried only where one word of each of
its sets of anchors was seen. The method is that of literal prefilters (Cox, "Regular Expression Matching with a Trigram
Index"; the Rust crate regex-syntax): walk the parsed expression, keep the exact words while they are
few, and take the best set that every match must pass through.
"""

from __future__ import annotations

from collections.abc import Iterable
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any, NamedTuple

_MOST_WORDS = 400
_MOST_CHARACTERS_OF_A_CLASS = 40
_EVERYWHERE = frozenset(
    "0123456789.,%的一二三四五六七八九十是不了在有人年月日天时分元万千百个点次号用可上下中大小前后本到为"
)
"""Characters that stand in most short messages."""


Words = frozenset[str]


class _Seen(NamedTuple):
    """`exact`: all words the part can be, None when too many; `needed`: of each set one word is in every match."""

    exact: Words | None
    needed: tuple[Words, ...]

    @property
    def sets(self) -> tuple[Words, ...]:
        if self.exact and "" not in self.exact:
            return (*self.needed, self.exact)
        return self.needed

    @property
    def best(self) -> Words | None:
        return max(self.sets, key=_worth, default=None)


_NOTHING = _Seen(frozenset({""}), ())
_ANYTHING = _Seen(None, ())
_MOST_SETS = 2


def anchors(pattern: str) -> tuple[Words, ...]:
    """The best sets of anchors of a pattern over normalised text; none when it can match without any word."""
    sets = {_shortest(words) for words in _sequence(_parser.parse(pattern)).sets}
    found = sorted(sets, key=lambda words: (*_worth(words), sorted(words)), reverse=True)
    # A second set that stands in every text would spare nothing.
    return (*found[:1], *[words for words in found[1:_MOST_SETS] if _worth(words)[0] > 0])


def _shortest(words: Words) -> Words:
    """Without the words in which another stands: where 净赚 is, 赚 is."""
    return frozenset(word for word in words if not any(other in word for other in words if other != word))


def _worth(words: Words) -> tuple[int, int]:
    """Rarer words first, then fewer; a single character is the less worth the more texts it stands in."""
    return min(0 if word in _EVERYWHERE else len(word) for word in words), -len(words)


def _sequence(parts: Iterable[tuple[Any, Any]]) -> _Seen:
    exact: Words | None = frozenset({""})
    run: Words = frozenset({""})
    needed: list[Words] = []
    for kind, value in parts:
        seen = _part(kind, value)
        needed += seen.needed
        if seen.exact is not None and len(run) * len(seen.exact) <= _MOST_WORDS:
            run = frozenset(head + tail for head in run for tail in seen.exact)
            continue
        if "" not in run:
            needed.append(run)
        exact = None
        run = seen.exact if seen.exact is not None else frozenset({""})
    if exact is None and "" not in run:
        needed.append(run)
    return _Seen(run if exact is not None else None, tuple(needed))


def _part(kind: Any, value: Any) -> _Seen:
    match kind:
        case kinds.LITERAL:
            return _Seen(frozenset({chr(value)}), ())
        case kinds.IN:
            return _class(value)
        case kinds.BRANCH:
            return _either([_sequence(branch) for branch in value[1]])
        case kinds.SUBPATTERN:
            return _sequence(value[3])
        case kinds.ATOMIC_GROUP:
            return _sequence(value)
        case kinds.MAX_REPEAT | kinds.MIN_REPEAT | kinds.POSSESSIVE_REPEAT:
            return _repeat(*value)
        case kinds.AT | kinds.ASSERT | kinds.ASSERT_NOT:
            return _NOTHING
        case _:
            return _ANYTHING


def _class(members: list[tuple[Any, Any]]) -> _Seen:
    words: set[str] = set()
    for kind, value in members:
        if kind is kinds.LITERAL:
            words.add(chr(value))
        elif kind is kinds.RANGE and value[1] - value[0] < _MOST_CHARACTERS_OF_A_CLASS:
            words |= {chr(code) for code in range(value[0], value[1] + 1)}
        else:
            return _ANYTHING
    return _Seen(frozenset(words), ()) if len(words) <= _MOST_CHARACTERS_OF_A_CLASS else _ANYTHING


def _either(branches: list[_Seen]) -> _Seen:
    exact: Words | None = frozenset()
    needed: Words | None = frozenset()
    for seen in branches:
        exact = None if exact is None or seen.exact is None else exact | seen.exact
        needed = None if needed is None or not seen.best else needed | seen.best
    if exact is not None and len(exact) > _MOST_WORDS:
        exact = None
    return _Seen(exact, (needed,) if needed and exact is None else ())


def _repeat(least: int, most: int, of: Any) -> _Seen:
    inner = _sequence(of)
    if least == most == 1:
        return inner
    if least == 0:
        optional = inner.exact | {""} if most == 1 and inner.exact is not None else None
        return _Seen(optional, ())
    return _Seen(None, inner.sets)
