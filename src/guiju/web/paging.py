"""Pages of a list (分页)."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest

PAGE_SIZE = 50


def page_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The page that `?page=` names; anything odd shows the nearest one."""
    return Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))


LATEST = 10_000


def latest_of(request: HttpRequest, rows: QuerySet[Any]) -> Page[Any]:
    """The same of a table that grows without end: its first `LATEST` rows; who looks further back narrows the filter."""
    return _Latest(rows, PAGE_SIZE).get_page(request.GET.get("page"))


class _Latest(Paginator):  # type: ignore[type-arg]
    object_list: QuerySet[Any]

    @cached_property
    def _first(self) -> list[Any]:
        return list(self.object_list[: min(PAGE_SIZE + 1, LATEST)])

    @cached_property
    def count(self) -> int:
        """Counted no further than shown: counting millions takes longer than finding fifty; and a page needs no count."""
        return len(self._first) if len(self._first) <= PAGE_SIZE else self.object_list[:LATEST].count()

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        return Page(self._first[:PAGE_SIZE], 1, self) if number == 1 else super().page(number)

    @property
    def is_cut(self) -> bool:
        return self.count == LATEST
