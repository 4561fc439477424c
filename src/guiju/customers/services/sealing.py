"""Notes of the days when their text lay open are sealed, batch after batch, while people work (跟进内容改为密文)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import IS_UNSEALED, Note
from guiju.database.scope import scope
from guiju.evidence.services import Act, one_entry, record
from guiju.keys.values import seal_into
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root

AT_A_TIME = 500


def seal_notes(*, at: datetime) -> int:
    """Seal what lies open, in all companies; returns how many. Finds by itself where it was broken off."""
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    count = 0
    for entity_id in companies:
        while some := _seal_some(entity_id, at):
            count += some
    return count


@transaction.atomic
def _seal_some(entity_id: UUID, at: datetime) -> int:
    with scope(entities={entity_id}):
        rows = Note.objects.select_for_update(of=("self",), skip_locked=True).filter(IS_UNSEALED, entity_id=entity_id)
        some = list(rows[:AT_A_TIME])
        if not some:
            return 0
        act = Act("customers.seal_notes", None, at, (), "跟进内容改为加密存储")
        with one_entry(act, about=some[0]):
            for note in some:
                seal_into(note, "sealed", {"text": note.text})
                note.text = ""
                note.save(update_fields=["text", "sealed"])
                record(act, entity_id=entity_id, subject=note)
    return len(some)
