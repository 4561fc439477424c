"""Words of which one must stand in the text for a pattern to match (触发词).

They go into one automaton with all other words; a pattern is tried only where one of its anchors
was seen. The method is that of literal prefilters (Cox, "Regular Expression Matching with a Trigram
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


class _Seen(NamedTuple):
    """`exact`: all words the part can be, None when too many; `needed`: one of these is in every match."""

    exact: frozenset[str] | None
    needed: frozenset[str] | None

    @property
    def best(self) -> frozenset[str] | None:
        exact = self.exact if self.exact and "" not in self.exact else None
        return _better(exact, self.needed)


_NOTHING = _Seen(frozenset({""}), None)
_ANYTHING = _Seen(None, None)


def anchors(pattern: str) -> frozenset[str]:
    """The anchors of a pattern over normalised text; empty when it can match without any word."""
    return _sequence(_parser.parse(pattern)).best or frozenset()


def _better(a: frozenset[str] | None, b: frozenset[str] | None) -> frozenset[str] | None:
    """Longer words first, then fewer."""
    if not a or not b:
        return a or b
    return max(a, b, key=lambda words: (min(map(len, words)), -len(words)))


def _sequence(parts: Iterable[tuple[Any, Any]]) -> _Seen:
    exact: frozenset[str] | None = frozenset({""})
    run: frozenset[str] = frozenset({""})
    needed: frozenset[str] | None = None
    for kind, value in parts:
        seen = _part(kind, value)
        needed = _better(needed, seen.needed)
        if seen.exact is not None and len(run) * len(seen.exact) <= _MOST_WORDS:
            run = frozenset(head + tail for head in run for tail in seen.exact)
            continue
        needed = _better(needed, run if "" not in run else None)
        exact = None
        run = seen.exact if seen.exact is not None else frozenset({""})
    needed = _better(needed, run if "" not in run else None)
    return _Seen(run if exact is not None else None, needed)


def _part(kind: Any, value: Any) -> _Seen:
    match kind:
        case kinds.LITERAL:
            return _Seen(frozenset({chr(value)}), None)
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
    return _Seen(frozenset(words), None) if len(words) <= _MOST_CHARACTERS_OF_A_CLASS else _ANYTHING


def _either(branches: list[_Seen]) -> _Seen:
    exact: frozenset[str] | None = frozenset()
    needed: frozenset[str] | None = frozenset()
    for seen in branches:
        exact = None if exact is None or seen.exact is None else exact | seen.exact
        needed = None if needed is None or not seen.best else needed | seen.best
    if exact is not None and len(exact) > _MOST_WORDS:
        exact = None
    return _Seen(exact, needed)


def _repeat(least: int, most: int, of: Any) -> _Seen:
    inner = _sequence(of)
    if least == most == 1:
        return inner
    if least == 0:
        optional = inner.exact | {""} if most == 1 and inner.exact is not None else None
        return _Seen(optional, None)
    return _Seen(None, inner.best)
