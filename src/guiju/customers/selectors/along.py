"""What is held of people beside their fields, and since when (随客户留存的内容): for searches, without content.

Tags, ties and notes of this part, and what the parts above keep of a customer. Of a company nothing is judged here:
it is no person.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Min, Q, QuerySet

from guiju.customers.models import ERASED_NOTE, Customer, Note
from guiju.customers.records import TAG, TIE
from guiju.customers.relating import Tie
from guiju.customers.selectors import held
from guiju.customers.selectors.reading import NOTE
from guiju.customers.values import born, values_of
from guiju.database.scope import require_scope
from guiju.organisations.models import Member
from guiju.privacy.registry import RECORDS, Held, Keeper


@dataclass(frozen=True)
class Along:
    """Rows of a company that say something about a customer: `rows` gives those that hold anything, `since` which
    fields (code) each holds, and since when.

    `path` leads from a row to its customer; empty where the customer itself is the row.
    """

    record: str
    rows: Callable[[UUID], QuerySet[Any]]
    since: Callable[[Sequence[Any]], Mapping[UUID, Mapping[str, datetime]]]
    path: str = "customer"

    def keeper(self, code: str) -> Keeper:
        return Keeper(code, self.after, self.of, self.names, goes_along=True)

    def after(self, entity_id: UUID, last: UUID | None, most: int) -> Sequence[Held]:
        """The rows behind an id, in their order."""
        rows = self._rows(entity_id).order_by("pk")
        return self._held(list((rows if last is None else rows.filter(pk__gt=last))[:most]))

    def of(self, entity_id: UUID, ids: Collection[UUID]) -> Sequence[Held]:
        """Those with these ids, or of these people."""
        whose = Q(**{f"{self._lookup}subject__in": ids})
        return self._held(list(self._rows(entity_id).filter(Q(pk__in=ids) | whose).order_by("pk")))

    def names(self, member: Member, ids: Collection[UUID]) -> Mapping[UUID, tuple[str, str]]:
        """Whom they are about, masked, and where they are looked at: on the customer's page."""
        rows = self.rows(member.entity_id).filter(pk__in=ids)
        customers = dict(rows.values_list("pk", self.path or "pk"))
        shown = held.names(Customer, member, set(customers.values()))
        label = RECORDS[self.record].label
        return {
            pk: (f"{shown[customer][0]}：{label}", shown[customer][1])
            for pk, customer in customers.items()
            if customer in shown
        }

    @property
    def _lookup(self) -> str:
        return f"{self.path}__" if self.path else ""

    def _rows(self, entity_id: UUID) -> QuerySet[Any]:
        require_scope()
        whose = f"{self._lookup}subject"
        rows = self.rows(entity_id).filter(**{f"{whose}__isnull": False, f"{whose}__erased_at": None})
        return rows.select_related(whose, f"{self._lookup}merged_into")

    def _held(self, rows: Sequence[Any]) -> list[Held]:
        since = self.since(rows) if rows else {}
        customers: list[Customer] = [getattr(row, self.path) if self.path else row for row in rows]
        births = {one.pk: one for one in customers}
        born_on = {pk: born(values_of(one)) for pk, one in births.items()}
        return [
            Held(
                row.pk,
                self.record,
                {},
                one.subject,
                born_on[one.pk],
                held.ended_on(one),
                is_alone=False,
                along=since[row.pk],
            )
            for row, one in zip(rows, customers, strict=True)
        ]


def since_made(*codes: str) -> Callable[[Sequence[Any]], Mapping[UUID, Mapping[str, datetime]]]:
    """Of rows that hold all of these fields since they were made."""
    return lambda rows: {row.pk: dict.fromkeys(codes, row.made_at) for row in rows}


def _of_ties(rows: Sequence[Customer]) -> dict[UUID, dict[str, datetime]]:
    """Since the first of them."""
    found: dict[UUID, datetime] = {}
    ids = [row.pk for row in rows]
    for end in ("one_id", "other_id"):
        ties = Tie.objects.filter(**{f"{end}__in": ids}).order_by().values_list(end).annotate(first=Min("made_at"))
        for pk, first in ties:
            found[pk] = min(first, found.get(pk, first))
    return {pk: {"kind": since} for pk, since in found.items()}


def _tied(entity_id: UUID) -> QuerySet[Customer]:
    ties = Tie.objects.filter(entity_id=entity_id).exclude(kind="")
    ends = Q(pk__in=ties.values("one")) | Q(pk__in=ties.values("other"))
    return Customer.objects.filter(ends, entity_id=entity_id)


TAGS = Along(
    TAG, lambda entity_id: Customer.objects.filter(entity_id=entity_id).exclude(tags=[]), since_made("text"), path=""
)
"""No day is known of a tag by itself: it counts since its customer was entered."""

TIES = Along(TIE, _tied, _of_ties, path="")
NOTES = Along(
    NOTE,
    lambda entity_id: Note.objects.filter(entity_id=entity_id).exclude(text=ERASED_NOTE),
    since_made("text"),
)
