"""Other ways to sign in than by a password: parts above register theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from guiju.organisations.models import User


@dataclass(frozen=True)
class Way:
    """A way in (登录方式): its label, the addresses' names to start, to link and to unlink it, who has linked it."""

    label: str
    start: str
    link: str
    unlink: str
    is_linked: Callable[[User], bool]


FORGETTING: list[Callable[[User, datetime], None]] = []
"""What ends when an account is reset: other ways in, which somebody else may have linked."""

WAYS: list[Callable[[], Way | None]] = []
"""Asked each time, since a way may be configured or not."""


def ways() -> list[Way]:
    """Those that are open now."""
    return [way for ask in WAYS if (way := ask()) is not None]
