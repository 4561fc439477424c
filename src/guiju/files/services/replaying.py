"""Files that were taken out of use after the moment to which a restore goes are so again (重放删去的附件)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, record
from guiju.files.models import Attachment
from guiju.files.services.removal import ask_disposal


def carry_removed(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Which files were taken out of use since; those that were destroyed go with their disposal."""
    rows = Attachment.objects.filter(entity_id=entity_id, removed_at__gte=since, erased_at=None).order_by("pk")
    for pk, removed_at in rows.values_list("pk", "removed_at").iterator():
        if removed_at:
            yield {"id": str(pk), "at": removed_at.isoformat()}


def replay_removed(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """Take them out of use again, and have somebody propose that they are destroyed."""
    at = {UUID(line["id"]): datetime.fromisoformat(line["at"]) for line in lines}
    rows = Attachment.objects.select_for_update(of=("self",)).filter(pk__in=at, removed_at=None, erased_at=None)
    found = list(rows.order_by("pk"))
    for row in found:
        row.removed_at = at[row.pk]
        row.save(update_fields=["removed_at"])
        record(act, entity_id=entity_id, subject=row)
        ask_disposal(row, act)
    return len(found)


register_replayed(Replayed("files.removed", "删去的附件", carry_removed, replay_removed))
