"""What parts above show on the page of a customer, and what of theirs goes with it: they fill these, this part knows
none of them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from guiju.evidence.registry import COMMITTED
from guiju.evidence.services import Act, record


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
    """A card on the page of a customer (客户页上的一栏): `template` draws it, with `panel.context` at hand.

    One that `is_empty` folds into a line with the others: what it is called, and how something is added to it.
    """

    template: str
    context: Mapping[str, Any]
    label: str = ""
    adds: Sequence[tuple[str, str]] = ()
    is_empty: bool = False


@dataclass(frozen=True)
class Beside:
    """What a part above has to do with a customer: its card and its lines of the timeline, out of one reading.

    There is no card where the member may see nothing of it. `further` are more lines, which the page of the whole
    timeline alone asks for: they take questions of their own.
    """

    panel: Panel | None = None
    events: Sequence[Event] = ()
    further: Callable[[], Sequence[Event]] = tuple


@dataclass(frozen=True)
class Moved:
    """Rows that belong to a customer and go along when two become one (随客户合并的).

    `model` has `customer` and, where it `counts`, `made_at`: what was added since is told when a merge is undone.
    """

    label: str
    model: type[Any]
    unit: str = "条"
    counts: bool = True

    def move(self, gone: Any, kept: Any, act: Act) -> list[str]:
        """Let all that belongs to one customer belong to the other; returns their ids."""
        return self._give(self._of(gone), kept, act)

    def back(self, ids: Sequence[str], kept: Any, gone: Any, act: Act) -> list[str]:
        """Give these back, where they still belong to the one that stayed; returns their ids."""
        return self._give(self._of(kept).filter(pk__in=ids), gone, act)

    def count_of(self, customer: Any) -> int:
        """How many a customer has."""
        return int(self._of(customer).count())

    def count_since(self, customer: Any, since: datetime) -> int:
        """How many were added to a customer since a moment."""
        return self._of(customer).filter(made_at__gt=since).count() if self.counts else 0

    def any_of(self, customers: Sequence[UUID]) -> set[UUID]:
        """Which of these customers have some."""
        rows = self.model._default_manager.filter(customer_id__in=customers)
        return set(rows.order_by().values_list("customer_id", flat=True).distinct())

    def _of(self, customer: Any) -> Any:
        return self.model._default_manager.filter(customer_id=customer.pk)

    def _give(self, rows: Any, to: Any, act: Act) -> list[str]:
        given = list(rows.select_for_update(of=("self",)).order_by("pk"))
        for row in given:
            row.customer_id = to.pk
            row.save(update_fields=["customer"])
            if self.model in COMMITTED:
                record(act, entity_id=row.entity_id, subject=row)
        return [str(row.pk) for row in given]


@dataclass(frozen=True)
class ListKind:
    """A list whose narrowing somebody may keep under a name (能保存筛选的列表): `page` shows it, who has the `right` may
    keep it. It `keeps` what of its address isn't searched for and names nobody."""

    label: str
    page: str
    right: str
    keeps: Callable[[str], bool]


LISTS: dict[str, ListKind] = {}
"""By code; the parts above add theirs."""

MOVED: dict[str, Moved] = {}
"""By code; the parts above add theirs."""

BESIDE: list[Callable[[Any, Any], Beside]] = []
"""Each answers for a reading (`selectors.reading.Reading`) and a customer."""

BUSY: list[Callable[[Collection[UUID]], set[UUID]]] = []
"""Each says with which of these customers something of its part is going on: nobody calls them back."""
