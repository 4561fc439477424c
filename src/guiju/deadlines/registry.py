"""What there is to be due (期限事项): parts register their kinds, with who is told when."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from guiju.deadlines.models import Duty, Signal
from guiju.evidence.services import Act
from guiju.organisations.models import Member


@dataclass(frozen=True)
class SignalPlan:
    """Somebody is told `days` working days after the day it is due (before: negative), in the morning.

    Of what is due in hours, `share` of the whole period after its end (before: negative). `to` is a
    right whose holders are told (升级); empty stands for whoever has it in hand.
    """

    name: str
    days: int
    share: float
    to: str = ""


class Subject:
    """What a kind of duties is of, where that keeps something of them (期限所属的事): parts subclass it.

    Who works at it locks it before its duties, and so does the clock: else they wait for each other.
    """

    def hold(self, duty: Duty, *, waits: bool) -> bool:
        """Lock it; without waiting, whether it was free."""
        return True

    def follow(self, duty: Duty) -> None:
        """The end of a duty has moved."""

    def hear(self, duty: Duty, signal: Signal, told: Sequence[Member], act: Act) -> None:
        """Members were told of a duty."""


_NOTHING = Subject()


@dataclass(frozen=True)
class DutyKind:
    """One kind of thing that is due. `url` leads to where it is done; `oversees` sees it beside its holder."""

    code: str
    label: str
    url: Callable[[Duty], str]
    plan: tuple[SignalPlan, ...]
    oversees: str = "duty.read"
    subject: Subject = _NOTHING


DUTIES: dict[str, DutyKind] = {}


def subject_of(duty: Duty) -> Subject:
    """What a duty is of; nothing for a kind that is no longer known."""
    return DUTIES[duty.kind].subject if duty.kind in DUTIES else _NOTHING


OWN_KIND = "deadlines.own"
"""What members write down themselves: the only kind that is finished on its own page."""


@dataclass(frozen=True)
class Item:
    """What another part has due on a day: the calendar shows it beside the duties."""

    id: UUID
    on: date
    title: str
    url: str
    is_late: bool


ITEMS: list[Callable[[Member, date, date, datetime], Iterable[Item]]] = []
"""Of each part with a clock of its own: what a member sees due from one day to another. Parts add theirs."""


def register_duty(kind: DutyKind) -> DutyKind:
    """Add a kind; two signals of one name are a fault."""
    if len({one.name for one in kind.plan}) != len(kind.plan):
        raise ValueError(f"{kind.code}: two signals of one name")
    DUTIES[kind.code] = kind
    return kind


USUAL_PLAN = (
    SignalPlan("before_3", -3, -0.5),
    SignalPlan("before_1", -1, -0.25),
    SignalPlan("due", 0, -0.1),
    SignalPlan("late_1", 1, 0.0),
    SignalPlan("late_1_up", 1, 0.0, "duty.oversee"),
    SignalPlan("late_3_up", 3, 0.5, "duty.oversee"),
)
"""Three days before, the day before, on the day, and once it is late: to the holder and to who oversees."""
AUTHORITY_PLAN = (SignalPlan("due", 0, 0.0),)
"""Of the authority's own clock (监管时限) the holder hears on the day that it ends, and nobody is blamed."""
