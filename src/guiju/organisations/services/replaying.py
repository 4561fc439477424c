"""Relations between companies that ended after the moment to which a restore goes end again (重放终止的数据关系)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from uuid import UUID

from guiju.evidence.replayed import Line, Replayed, register_replayed
from guiju.evidence.services import Act, record
from guiju.organisations.models import Relation


def carry_ended_relations(entity_id: UUID, since: datetime) -> Iterator[Line]:
    """Which relations of the company that gives were ended since."""
    rows = Relation.objects.filter(entity_id=entity_id, ended_at__gte=since).order_by("pk")
    for pk, ended_at in rows.values_list("pk", "ended_at"):
        yield {"id": str(pk), "at": ended_at.isoformat() if ended_at else ""}


def replay_ended_relations(entity_id: UUID, lines: Sequence[Line], act: Act) -> int:
    """End them again, as of when they were ended."""
    at = {UUID(line["id"]): datetime.fromisoformat(line["at"]) for line in lines}
    rows = Relation.objects.select_for_update(of=("self",)).filter(pk__in=at, entity_id=entity_id, ended_at=None)
    found = list(rows.order_by("pk"))
    for relation in found:
        relation.ended_at = at[relation.pk]
        relation.save(update_fields=["ended_at"])
        record(act, entity_id=entity_id, subject=relation)
    return len(found)


register_replayed(Replayed("organisations.relations", "终止的数据关系", carry_ended_relations, replay_ended_relations))
