"""The left navigation: parts don't know it, `project` fills it in the order of the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest


def everyone(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True)
class Item:
    """One entry; `prefix` is the start of the addresses on which it is lit."""

    label: str
    url_name: str
    icon: str
    prefix: str
    shown: Callable[[HttpRequest], bool] = everyone


NAVIGATION: list[Item] = []
