"""工作台: cards that parts offer; `project` says which, each shows what is true now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from django.http import HttpRequest


@dataclass(frozen=True)
class Card:
    """A number that opens what it counts, or a list of such numbers."""

    title: str
    number: int | None = None
    unit: str = ""
    url: str = ""
    note: str = ""
    lines: tuple[tuple[str, int, str], ...] = field(default=())


CARDS: list[Callable[[HttpRequest], Card | None]] = []

NOTICES: list[Callable[[HttpRequest], list[str]]] = []
"""What everybody is told above the cards, in sentences."""
