"""What a restore to an earlier moment has to do again (重放): parts register what was decided since and must hold.

Each carries it out of the newest state there is, as plain JSON and without values of people, and does it again in the
restored one. Both are asked within the scope of one company.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from guiju.evidence.services import Act

Line = dict[str, Any]


@dataclass(frozen=True)
class Replayed:
    """One kind of decision that outlives a restore.

    `carry` reads what was done since a moment, and may give more: `replay` does what is not done yet and returns how
    much that was.
    """

    code: str
    label: str
    carry: Callable[[UUID, datetime], Iterable[Line]]
    replay: Callable[[UUID, Sequence[Line], Act], int]


REPLAYED: dict[str, Replayed] = {}


def register_replayed(replayed: Replayed) -> Replayed:
    REPLAYED[replayed.code] = replayed
    return replayed
