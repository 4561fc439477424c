"""A line of a list and what becomes of it, in words; and how lines are carried out or only tried."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction

from guiju.database.scope import scope_with
from guiju.kernel.errors import GuijuError


class Deed(StrEnum):
    """变动: what a line does."""

    NEW = "new"
    CHANGE = "change"
    END = "end"
    SAME = "same"
    BAD = "bad"

    @property
    def label(self) -> str:
        return {"new": "新增", "change": "变更", "end": "终止", "same": "不变", "bad": "有问题"}[self.value]


@dataclass(frozen=True)
class Line:
    """`number` is the row of the file (0: there is none), `what` whom or what it is about, `words` the differences."""

    number: int
    deed: Deed
    what: str
    words: tuple[str, ...] = ()

    def as_json(self) -> list[object]:
        return [self.number, self.deed.value, self.what, list(self.words)]

    @classmethod
    def from_json(cls, stored: list[object]) -> Line:
        number, deed, what, words = stored
        return cls(int(str(number)), Deed(str(deed)), str(what), tuple(words))  # type: ignore[arg-type]


@dataclass(frozen=True)
class Step:
    """One line that waits to be carried out; `act` says what it did, or raises `GuijuError`."""

    number: int
    what: str
    act: Callable[[], Line]


def carry_out(steps: Iterable[Step]) -> Iterator[Line]:
    """Do one step after the other; one that is refused changes nothing and tells why."""
    for step in steps:
        try:
            with transaction.atomic():
                line = step.act()
        except GuijuError as error:
            line = Line(step.number, Deed.BAD, step.what, tuple(problem.sentence for problem in error.problems))
        yield line


def rehearse(steps: Iterable[Step]) -> list[Line]:
    """Do everything and take it back: what comes out is what would happen, each refusal included."""
    with scope_with():
        lines = list(carry_out(steps))
        transaction.set_rollback(True)
    return lines
