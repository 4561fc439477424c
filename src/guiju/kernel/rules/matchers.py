"""The vocabulary in which a rule says what sets it off (匹配要素).

- `terms`     words as they stand in the text
- `patterns`  regular expressions over the normalised text
- `near`      words of several lists close together in one sentence
- `claims`    something promised with a number: what, unit, perhaps a period or a limit
- `compares`  two numbers of a sentence, each after its word, and how they stand to each other
- `required`  an element that must be there, and where
- `predicate` a named Python function, for the odd one out
- `unless`    what makes a hit lawful: at the same place, in its sentence, or in the whole text

A list of words may name a shared one: `<疾病>` stands for the words of `words/疾病.txt`.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from datetime import date
from typing import Annotated, Literal

from msgspec import Meta, Struct, field

_CLASS = re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]")
_UNBOUNDED = re.compile(r"[*+]|\{[0-9]*,\}")


def check_pattern(pattern: str) -> None:
    """A pattern that compiles and repeats nothing without end: on a long row of digits such a one
    would take time that grows with the square of the text. Raises `ValueError`."""
    try:
        re.compile(pattern)
    except re.error as failure:
        raise ValueError(f"{pattern!r} is no regular expression: {failure}") from failure
    if unbounded := _UNBOUNDED.search(_CLASS.sub("x", pattern)):
        raise ValueError(f"{pattern!r} repeats without end ({unbounded[0]}): give a most, e.g. {{1,20}}")


Words = Annotated[tuple[str, ...], Meta(min_length=1)]

WIDEST = 60
"""The most characters that may lie between the parts of one matcher."""

Distance = Annotated[int, Meta(ge=0, le=WIDEST)]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A piece of a rule; what a rule says beyond the known names is refused."""


class Near(Part, frozen=True, kw_only=True):
    """One word of each list in one sentence, at most `within` characters from one to the next.

    `seek` is the list that is looked for first, the one with the rarest words: only where one of
    them stands are the others looked for.
    """

    words: Annotated[tuple[Words, ...], Meta(min_length=2, max_length=4)]
    within: Distance = 8
    ordered: bool = False
    seek: Annotated[int, Meta(ge=0, le=3)] = 0

    def __post_init__(self) -> None:
        if self.seek >= len(self.words):
            raise ValueError(f"`seek` is {self.seek}, but there are {len(self.words)} lists (counted from 0)")


class DatedFigure(Part, frozen=True, kw_only=True):
    """A figure of the law and the day from which it counts (限额)."""

    from_: date = field(name="from")
    is_: float = field(name="is")


class Claim(Part, frozen=True, kw_only=True):
    """What is promised with a number (量化宣称): `what` and a number with its unit in one sentence.

    Without a limit any number counts; `more_than` and `less_than` are figures, or dated figures
    when the law has changed them.
    """

    what: Words
    unit: Words
    within: Distance = 12
    ordered: bool = False
    more_than: float | tuple[DatedFigure, ...] | None = None
    less_than: float | tuple[DatedFigure, ...] | None = None

    def holds(self, value: float, on: date) -> bool:
        """Whether the number lies beyond the limit as of a day; before the first dated figure none does."""
        return self._beyond(self.more_than, value, on, operator.gt) and self._beyond(
            self.less_than, value, on, operator.lt
        )

    @staticmethod
    def _beyond(
        limit: float | tuple[DatedFigure, ...] | None, value: float, on: date, compare: Callable[[float, float], bool]
    ) -> bool:
        if limit is None:
            return True
        if isinstance(limit, tuple):
            known = [figure for figure in limit if figure.from_ <= on]
            return bool(known and compare(value, max(known, key=lambda figure: figure.from_).is_))
        return bool(compare(value, limit))


class Compare(Part, frozen=True, kw_only=True):
    """Two numbers of one sentence, each after its word, that stand to each other as they mustn't."""

    left: Words
    right: Words
    unit: Words
    is_: Literal["<", "<=", ">", ">="] = field(name="is")
    within: Distance = 6

    def holds(self, left: float, right: float) -> bool:
        compare = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}[self.is_]
        return bool(compare(left, right))


class Required(Part, frozen=True, kw_only=True):
    """An element that must be present (必备要素); `where` counts from the edge of the text."""

    any_of: Annotated[tuple[str, ...], Meta(min_length=1)]
    where: Literal["anywhere", "start", "end"] = "anywhere"
    when: tuple[str, ...] = ()
    whole: bool = False


class Unless(Part, frozen=True, kw_only=True):
    """An exception; just one of the three is given."""

    here: str | None = None
    sentence: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        if sum(given is not None for given in (self.here, self.sentence, self.text)) != 1:
            raise ValueError("an exception is a pattern, or one of `sentence` and `text`")

    @property
    def pattern(self) -> str:
        return self.here or self.sentence or self.text or ""

    @property
    def reach(self) -> Literal["here", "sentence", "text"]:
        return "here" if self.here else "sentence" if self.sentence else "text"
