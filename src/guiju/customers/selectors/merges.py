"""Reads of merges (合并): what of two customers differs, what went along, and where a merged one leads."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from guiju.customers.models import Customer, Merge
from guiju.customers.registry import MOVED, Event
from guiju.customers.selectors.cells import Cell
from guiju.customers.selectors.reading import Reading
from guiju.customers.values import values_of
from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing

_LONGEST_CHAIN = 20


@dataclass(frozen=True)
class Difference:
    """A field of which two customers hold different values, as the member may see them."""

    code: str
    label: str
    kept: Cell | None
    gone: Cell | None

    @property
    def takes_gone(self) -> bool:
        """Whether only the one that goes has something."""
        return self.kept is None


def differences(seen: Reading, kept: Customer, gone: Customer) -> list[Difference]:
    """What is to be chosen, field by field, where two customers become one."""
    values, others = values_of(kept), values_of(gone)
    cells, theirs = seen.cells_of(kept), seen.cells_of(gone)
    fields = seen.fields(kept.entity_id, kept.record)
    return [
        Difference(code, one.label, cells.get(code), theirs.get(code))
        for code, one in fields.items()
        if code in others and values.get(code) != others[code]
    ]


def going_along(gone: Customer) -> list[str]:
    """What goes along with a customer, in words."""
    counted = [(one, one.count_of(gone)) for one in MOVED.values()]
    return [f"{count}{one.unit}{one.label}" for one, count in counted if count]


def merged_into(customer_id: UUID) -> UUID | None:
    """Where a customer that was merged is found now; None for one that wasn't."""
    require_scope()
    found: UUID | None = None
    for _ in range(_LONGEST_CHAIN):
        row = Customer.objects.filter(pk=found or customer_id).values_list("merged_into_id", flat=True).first()
        if row is None:
            break
        found = row
    return found


def taken_in(entity_id: UUID, subjects: Collection[UUID]) -> Mapping[UUID, set[UUID]]:
    """Whom each of these people stands for besides: who was merged into them, and into those, and not undone."""
    require_scope()
    found = companies_taken_in(entity_id, subjects)
    roots: dict[UUID, set[UUID]] = {pk: {pk} for pk in subjects}
    while roots:
        rows = Merge.objects.filter(
            entity_id=entity_id, undone_at=None, people__kept__in=[str(pk) for pk in roots]
        ).values_list("people__kept", "people__gone")
        further: dict[UUID, set[UUID]] = {}
        for kept, gone in ((UUID(one), UUID(other)) for one, other in rows):
            for root in roots[kept]:
                if gone != root and gone not in found.setdefault(root, set()):
                    found[root].add(gone)
                    further.setdefault(gone, set()).add(root)
        roots = further
    return found


def companies_taken_in(entity_id: UUID, ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """The records of companies that were merged into each of these, and into those: no person stands behind them."""
    require_scope()
    found: dict[UUID, set[UUID]] = {}
    roots = {pk: pk for pk in ids}
    while roots:
        rows = Customer.objects.filter(entity_id=entity_id, subject=None, merged_into__in=list(roots))
        further = {pk: roots[into] for pk, into in rows.values_list("pk", "merged_into_id") if into is not None}
        for pk, root in further.items():
            found.setdefault(root, set()).add(pk)
        roots = further
    return found


def merge_for(seen: Reading, merge_id: UUID) -> Merge:
    """One merge, for whoever sees the customer that stayed."""
    found = Merge.objects.filter(pk=merge_id).select_related("gone__subject", "by__user", "undone_by__user").first()
    if found is None or not seen.customers().filter(pk=merged_into(found.kept_id) or found.kept_id).exists():
        raise Missing("merge_missing", "没有这次合并，或您的角色看不到它")
    return found


def merges_of(customer: Customer) -> QuerySet[Merge]:
    """What was merged into a customer, and when it was itself for a while merged into another."""
    rows = Merge.objects.filter(Q(kept=customer) | Q(gone=customer), entity_id=customer.entity_id)
    return rows.select_related("by__user", "undone_by__user", "gone", "kept").order_by("-at")


def merge_events(seen: Reading, customer: Customer) -> list[Event]:
    """Merges and their undoing, as lines of the timeline."""
    events = []
    if not merges_of(customer).select_related(None).exists():
        return []
    for one in merges_of(customer):
        url = reverse("customer_merge", args=[one.pk])
        other = one.gone if one.kept_id == customer.pk else one.kept
        words = f"与{timezone.localtime(other.made_at):%Y-%m-%d}登记的另一位客户合并"
        events.append(Event(one.at, "合并", words, one.by.user.name, url))
        if one.undone_at and one.undone_by:
            events.append(Event(one.undone_at, "撤销合并", f"撤销{words}", one.undone_by.user.name, url))
    return events


def moved_words(found: Merge) -> list[str]:
    """What went along, in words."""
    counted: Sequence[tuple[str, list[str]]] = list(found.moved.items())
    words = [f"{len(ids)}{MOVED[code].unit}{MOVED[code].label}" for code, ids in counted if ids and code in MOVED]
    moved = found.people.get("moved", {})
    for name, label in (("consents", "项同意"), ("holds", "项保全"), ("requests", "次征求")):
        if ids := moved.get(name):
            words.append(f"{len(ids)}{label}")
    if ended := found.people.get("ended"):
        words.append(f"{len(ended)}项同意因为另一位的撤回、拒绝或者重复而结束")
    return words
