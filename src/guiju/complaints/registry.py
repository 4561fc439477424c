"""What stands still while a cause has to be mended (整改期间停下): parts that can stop something join here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from guiju.complaints.models import Rectification
from guiju.evidence.services import Act


@dataclass(frozen=True)
class Stop:
    """Something of another part: `begins` runs when a task is opened or opened again, `ends` when it is closed.

    Both run in the transaction of the change, in the company's scope.
    """

    label: str
    begins: Callable[[Rectification, Act], None]
    ends: Callable[[Rectification, Act], None]


STOPS: dict[str, Stop] = {}


def register_stop(code: str, stop: Stop) -> Stop:
    """Join; raises `ValueError` for a code that is taken."""
    if STOPS.setdefault(code, stop) != stop:
        raise ValueError(f"stop registered twice: {code}")
    return stop
