"""What parts above show on the page of a customer: they fill these, this part knows none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True)
class Event:
    """One thing that happened with a customer: what, when, by whom, in words that the member may read.

    `url` leads to it; `note_id` is that of a note, which its writer may take away. Of what `is_day` only
    the day is known. `masked` are the categories of which something in the text shows masked.
    """

    at: datetime
    kind: str
    text: str
    who: str = ""
    url: str = ""
    note_id: UUID | None = None
    is_day: bool = False
    masked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Panel:
    """A card on the page of a customer (客户页上的一栏): `template` draws it, with `panel.context` at hand."""

    template: str
    context: Mapping[str, Any]


TIMELINE: list[Callable[[Any, Any], list[Event]]] = []
"""Each answers for a reading (`selectors.reading.Reading`) and a customer."""

PANELS: list[Callable[[Any, Any], Panel | None]] = []
"""Each answers for a reading and a customer; None where the member may see nothing of it."""
