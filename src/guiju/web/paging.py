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
COUNTED = 1_000


def latest_of(request: HttpRequest, rows: Any, *, counted: QuerySet[Any] | None = None) -> Page[Any]:
    """The same of a table that grows without end: its first `LATEST` rows; who looks further back narrows the filter.

    `counted` are the same rows without what is only shown beside them, where there is such; and where `rows` are no
    query, but slice as one does.
    """
    asked = request.GET.get("page") or "1"
    is_far = not asked.isdecimal() or int(asked[:9]) * PAGE_SIZE >= COUNTED
    return _Latest(rows, LATEST if is_far else COUNTED, rows if counted is None else counted).get_page(asked)


class _Latest(Paginator):  # type: ignore[type-arg]
    """Counts no further than somebody looks: counting millions takes longer than finding fifty.

    A page among the first `COUNTED` rows says whether there are more of them, and one further back counts on.
    """

    def __init__(self, rows: Any, limit: int, counted: QuerySet[Any]) -> None:
        super().__init__(rows, min(PAGE_SIZE, limit))
        self.limit, self.counted = limit, counted

    @cached_property
    def _first(self) -> list[Any]:
        return list(self.object_list[: self.per_page + 1])

    @cached_property
    def count(self) -> int:
        """How many rows there are, at most the limit; a page needs no count."""
        if len(self._first) <= self.per_page:
            return len(self._first)
        # One more, to know whether there are more; in no order, which a count doesn't need.
        return min(self._counted, self.limit)

    @cached_property
    def _counted(self) -> int:
        return self.counted.order_by()[: self.limit + 1].count()

    def page(self, number: int | str) -> Page[Any]:
        number = self.validate_number(number)
        return Page(self._first[: self.per_page], 1, self) if number == 1 else super().page(number)

    @property
    def is_more(self) -> bool:
        """Whether there are more rows than counted."""
        return self.count == self.limit and self._counted > self.limit

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than can be paged through."""
        return self.is_more and self.limit == LATEST

    @property
    def how_many(self) -> str:
        """Before the word for what is counted (共、前、超过多少)."""
        return f"{'前' if self.is_cut else '超过' if self.is_more else '共'} {self.count}"
