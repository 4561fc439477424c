"""What is written about a customer here goes out with the customer (线索、商机和待办事项的删除); only the door of disposals asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from django.db.models import Q

from guiju.archives.registry import Destroyed, Target
from guiju.customers.values import ERASED_NAME
from guiju.evidence.services import Act, record
from guiju.privacy.registry import RECORDS
from guiju.sales.models import Lead, Opportunity, Todo
from guiju.sales.records import LEAD_TEXTS, OPPORTUNITY, TODO
from guiju.sales.selectors.stages import ERASED


def count_opportunities(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    return _counted(_opportunities(entity_id, targets))


def destroy_opportunities(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take the texts; stage, amount and days stay as figures of the company, and what was open ends with the customer."""
    done, wanted = Destroyed(), _wanted(targets)
    for found in _opportunities(entity_id, targets):
        assert found.customer.subject_id is not None
        codes = _going(wanted[found.customer.subject_id], OPPORTUNITY)
        for code in codes:
            setattr(found, code, "")
        if "next_step" in codes:
            found.next_on = None
        if "name" in codes:
            found.name = ERASED_NAME
            if found.is_open:
                found.state, found.closed_at, found.lost_reason = Opportunity.State.LOST, act.at, ERASED
        found.changed_at = act.at
        found.save()
        record(act, entity_id=entity_id, subject=found)
        done.add(found.customer.subject_id, found, codes)
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
    done, wanted = Destroyed(), _wanted(targets)
    for found in _leads(entity_id, targets):
        assert found.customer.subject_id is not None
        codes = [
            LEAD_TEXTS[code] for code in _going(wanted[found.customer.subject_id], OPPORTUNITY) if code in LEAD_TEXTS
        ]
        for code in codes:
            setattr(found, code, "")
        if "interest" in codes:
            found.interest = ERASED_NAME
            if found.is_open:
                found.state, found.closed_at, found.reason = Lead.State.DISCARDED, act.at, ERASED
        found.changed_at = act.at
        found.save()
        record(act, entity_id=entity_id, subject=found)
        done.add(found.customer.subject_id, found, codes)
    return done


def _wanted(targets: Sequence[Target]) -> Mapping[UUID, Target]:
    return {one.subject_id: one for one in targets}


def _going(target: Target, record: str) -> list[str]:
    """The texts of such a record that go: with a person all of them do."""
    return [code for code in RECORDS[record].fields if target.names(record, code)]


def _losing(targets: Sequence[Target], record: str, code: str) -> list[UUID]:
    """The people who go as a whole, or of whom this text does."""
    return [one.subject_id for one in targets if one.names(record, code)]


def _opportunities(entity_id: UUID, targets: Sequence[Target]) -> Iterable[Opportunity]:
    """All but those of which nothing is left: one whose name went may have been opened and written on since."""
    rows = Opportunity.objects.filter(entity_id=entity_id)
    named = Q(customer__subject_id__in=_losing(targets, OPPORTUNITY, "name"))
    gone = Q(name=ERASED_NAME, next_step="", lost_note="") & ~Q(state=Opportunity.State.OPEN)
    going = named & ~gone
    for code in ("next_step", "lost_note"):
        going |= Q(customer__subject_id__in=_losing(targets, OPPORTUNITY, code)) & ~Q(**{code: ""})
    return rows.filter(going).select_related("customer").order_by("pk")


def _todos(entity_id: UUID, targets: Sequence[Target]) -> Iterable[Todo]:
    rows = Todo.objects.filter(entity_id=entity_id, customer__subject_id__in=_losing(targets, TODO, "title"))
    return rows.exclude(title=ERASED_NAME).select_related("customer").order_by("pk")


def _leads(entity_id: UUID, targets: Sequence[Target]) -> Iterable[Lead]:
    """The same of leads: what they ask for is what an opportunity is called, why not what is said of a lost one."""
    rows = Lead.objects.filter(entity_id=entity_id)
    named = Q(customer__subject_id__in=_losing(targets, OPPORTUNITY, "name"))
    gone = Q(interest=ERASED_NAME, note="") & ~Q(state=Lead.State.OPEN)
    noted = Q(customer__subject_id__in=_losing(targets, OPPORTUNITY, "lost_note")) & ~Q(note="")
    return rows.filter((named & ~gone) | noted).select_related("customer").order_by("pk")


def _counted(rows: Iterable[Opportunity] | Iterable[Todo] | Iterable[Lead]) -> Mapping[UUID, int]:
    found: dict[UUID, int] = {}
    for one in rows:
        assert one.customer is not None and one.customer.subject_id is not None
        found[one.customer.subject_id] = found.get(one.customer.subject_id, 0) + 1
    return found
