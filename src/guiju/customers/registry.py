"""What parts above show in the timeline of a customer (时间线): they fill it, this part knows none of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """One thing that happened with a customer: what, when, by whom, in words that the member may read.

    `url` leads to it; `note_id` is that of a note, which its writer may take away.
    """

    at: datetime
    kind: str
    text: str
    who: str = ""
    url: str = ""
    note_id: UUID | None = None


TIMELINE: list[Callable[[Any, Any], list[Event]]] = []
"""Each answers for a reading (`selectors.reading.Reading`) and a customer."""
