"""What is written about a customer here goes out with the customer (线索、商机和待办事项的删除); only the door of disposals asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from guiju.archives.registry import Destroyed, Target
from guiju.customers.values import ERASED_NAME
from guiju.evidence.services import Act, record
from guiju.sales.models import Lead, Opportunity, Todo
from guiju.sales.records import OPPORTUNITY, TODO
from guiju.sales.selectors.stages import ERASED


def count_opportunities(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return _counted(_opportunities(entity_id, targets))


def destroy_opportunities(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take the texts; stage, amount and days stay as figures of the company, and what was open ends with the customer."""
    done = Destroyed()
    for found in _opportunities(entity_id, targets):
        assert found.customer.subject_id is not None
        found.name, found.next_step, found.lost_note, found.next_on = ERASED_NAME, "", "", None
        if found.is_open:
            found.state, found.closed_at, found.lost_reason = Opportunity.State.LOST, act.at, ERASED
        found.changed_at = act.at
        found.save()
        record(act, entity_id=entity_id, subject=found)
        done.add(found.customer.subject_id, found, ["name", "next_step", "lost_note"])
    return done


def count_todos(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return _counted(_todos(entity_id, targets))


def destroy_todos(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    done = Destroyed()
    for todo in _todos(entity_id, targets):
        assert todo.customer is not None and todo.customer.subject_id is not None
        todo.title, todo.done_at = ERASED_NAME, todo.done_at or act.at
        todo.save(update_fields=["title", "done_at"])
        record(act, entity_id=entity_id, subject=todo)
        done.add(todo.customer.subject_id, todo, ["title"])
    return done


def count_leads(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return _counted(_leads(entity_id, targets))


def destroy_leads(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take the texts; that there was a lead stays as a figure of the company, and an open one ends with the customer."""
    done = Destroyed()
    for found in _leads(entity_id, targets):
        assert found.customer.subject_id is not None
        found.interest, found.note = ERASED_NAME, ""
        if found.is_open:
            found.state, found.closed_at, found.reason = Lead.State.DISCARDED, act.at, ERASED
        found.changed_at = act.at
        found.save()
        record(act, entity_id=entity_id, subject=found)
        done.add(found.customer.subject_id, found, ["interest", "note"])
    return done


def _named(targets: Sequence[Target], record: str, code: str) -> list[UUID]:
    """People who go as a whole, or with whom these texts do: what was written about a single field can't be told."""
    return [one.subject_id for one in targets if one.names(record, code)]


def _opportunities(entity_id: UUID, targets: Sequence[Target]) -> Iterable[Opportunity]:
    """All but those of which nothing is left: one whose name went may have been opened and written on since."""
    rows = Opportunity.objects.filter(
        entity_id=entity_id, customer__subject_id__in=_named(targets, OPPORTUNITY, "name")
    )
    gone = Q(name=ERASED_NAME, next_step="", lost_note="") & ~Q(state=Opportunity.State.OPEN)
    return rows.exclude(gone).select_related("customer").order_by("pk")


def _todos(entity_id: UUID, targets: Sequence[Target]) -> Iterable[Todo]:
    rows = Todo.objects.filter(entity_id=entity_id, customer__subject_id__in=_named(targets, TODO, "title"))
    return rows.exclude(title=ERASED_NAME).select_related("customer").order_by("pk")


def _leads(entity_id: UUID, targets: Sequence[Target]) -> Iterable[Lead]:
    rows = Lead.objects.filter(entity_id=entity_id, customer__subject_id__in=_named(targets, OPPORTUNITY, "name"))
    gone = Q(interest=ERASED_NAME, note="") & ~Q(state=Lead.State.OPEN)
    return rows.exclude(gone).select_related("customer").order_by("pk")


def _counted(rows: Iterable[Opportunity] | Iterable[Todo] | Iterable[Lead]) -> Mapping[UUID, int]:
    found: dict[UUID, int] = {}
    for one in rows:
        assert one.customer is not None and one.customer.subject_id is not None
        found[one.customer.subject_id] = found.get(one.customer.subject_id, 0) + 1
    return found
