"""The left navigation: parts don't know it, `project` fills it in the order of the screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.http import HttpRequest


def everyone(request: HttpRequest) -> bool:
    return True


@dataclass(frozen=True)
class Item:
    """One entry; `prefix` is the start of the addresses on which it is lit, or several."""

    label: str
    url_name: str
    icon: str
    prefix: str | tuple[str, ...]
    shown: Callable[[HttpRequest], bool] = everyone


NAVIGATION: list[Item] = []


@dataclass(frozen=True)
class Tab:
    """One of the pages that stand beside each other under one entry."""

    key: str
    label: str
    url_name: str
    shown: Callable[[HttpRequest], bool] = everyone


TABS: dict[str, list[Tab]] = {}
"""Tabs by the name of their group; `project` fills them too."""
