"""Whose name shows in the clear here and now (访问未成年人信息的审批, 未成年人网络保护条例 第三十六条)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Protocol

from django.utils import timezone

from guiju.privacy.ages import is_pupil
from guiju.privacy.masking import masked
from guiju.privacy.terms import AgeGroup


class About(Protocol):
    """A record that may be about a person: `subject` says who, and None that it is a company's."""

    entity: Any
    subject: Any


SHORTEST_NAME = 2
"""A single character stands in too many words to be masked in texts."""

_OPENING: ContextVar[Callable[[Any], bool] | None] = ContextVar("guiju_open_names", default=None)


@contextmanager
def names_opened_by(decide: Callable[[Any], bool]) -> Iterator[None]:
    """Within the block this says whose name shows in the clear."""
    token = _OPENING.set(decide)
    try:
        yield
    finally:
        _OPENING.reset(token)


def is_name_open(holder: About) -> bool:
    """Whether the name of a record shows: the reading that is open decides; where there is none, no minor's does,
    and at who teaches pupils only that of somebody registered as of age."""
    subject = holder.subject
    if subject is None:
        return True
    decide = _OPENING.get()
    if decide is not None:
        return decide(holder)
    if subject.minor_until is not None and subject.minor_until >= timezone.localdate():
        return False
    return subject.is_stated_adult or not is_pupil(AgeGroup.UNKNOWN, holder.entity.sector)


def without_name(name: str, text: str) -> str:
    """A text about a person with their name masked in it, and what stands behind the surname too."""
    if len(name) < SHORTEST_NAME:
        return text
    text = text.replace(name, masked("name", name))
    given = name[1:]
    return text.replace(given, "*" * len(given)) if len(given) >= SHORTEST_NAME else text
