"""Notes taken away and imports taken back after the moment to which a restore goes are so again (重放删去和撤销)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from guiju.customers.models import Customer, CustomerImport, Note
from guiju.customers.services.import_files import let_go
from guiju.customers.services.import_undo import ask_deletion
from guiju.customers.services.notes import touch
from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, one_entry, record

_AT_A_TIME = 1000


def carry_removed_notes(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Which notes were taken away since."""
    rows = Note.objects.filter(entity_id=entity_id, removed_at__gte=since).order_by("pk")
    for pk, removed_at in rows.values_list("pk", "removed_at").iterator():
        if removed_at:
            yield {"id": str(pk), "at": removed_at.isoformat()}


def replay_removed_notes(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Take them away again."""
    at = {UUID(line["id"]): datetime.fromisoformat(line["at"]) for line in lines}
    rows = Note.objects.select_for_update(of=("self",)).filter(pk__in=at, removed_at=None).select_related("customer")
    found = list(rows.order_by("pk"))
    for note in found:
        note.removed_at = at[note.pk]
        note.save(update_fields=["removed_at"])
        record(act, entity_id=entity_id, subject=note)
        touch(note.customer)
    return len(found)


def carry_hidden(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Which customers were taken back with their import since, a thousand a line, and then which imports those were."""
    rows = Customer.objects.filter(entity_id=entity_id, hidden_at__gte=since, merged_into=None, erased_at=None)
    hidden = list(rows.order_by("pk").values_list("pk", "hidden_at"))
    for start in range(0, len(hidden), _AT_A_TIME):
        yield {"customers": {str(pk): at.isoformat() for pk, at in hidden[start : start + _AT_A_TIME] if at}}
    if not hidden:
        return
    undone = CustomerImport.objects.filter(entity_id=entity_id, state=CustomerImport.State.UNDONE)
    for one in undone.defer("content", "problems").order_by("pk"):
        yield {"import": str(one.pk), "outcome": one.outcome, "undo": one.undo}


def replay_hidden(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Hide them again; that they are only stored is done again by itself. Who has to see to the deletion is asked."""
    count = 0
    for line in lines:
        if "import" in line:
            _take_back(line, act)
            continue
        at = {UUID(pk): datetime.fromisoformat(text) for pk, text in line["customers"].items()}
        rows = Customer.objects.select_for_update(of=("self",)).filter(pk__in=at, hidden_at=None, erased_at=None)
        found = list(rows.order_by("pk"))
        if not found:
            continue
        with one_entry(act, about=found[0]):
            for customer in found:
                customer.hidden_at = customer.changed_at = at[customer.pk]
                customer.save(update_fields=["hidden_at", "changed_at"])
                record(act, entity_id=entity_id, subject=customer)
        count += len(found)
    return count


def _take_back(line: Line, act: Act) -> None:
    rows = CustomerImport.objects.select_for_update(of=("self",)).defer("content", "problems")
    found = rows.filter(pk=line["import"]).exclude(state=CustomerImport.State.UNDONE).first()
    if found is None:
        return
    found.state, found.outcome, found.undo = CustomerImport.State.UNDONE, line["outcome"], line["undo"]
    found.save(update_fields=["state", "outcome", "undo"])
    let_go([found.pk])
    ask_deletion(found, act)


register_replayed(Replayed("customers.removed_notes", "删去的跟进记录", carry_removed_notes, replay_removed_notes))
register_replayed(Replayed("customers.hidden", "撤销的导入", carry_hidden, replay_hidden))
