"""What a restore to an earlier moment has to do again (重放)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from guiju.database.scope import scope
from guiju.evidence.replayed import REPLAYED, Line
from guiju.evidence.selectors.log import newest_checkpoint
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root


def carried_since(since: datetime) -> Iterator[Line]:
    """What was decided since a moment and must hold after a restore to it: code, company, and what that kind says."""
    root = group_root()
    if root is None:
        return
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    for entity_id in companies:
        with scope(entities={entity_id}):
            for kind in REPLAYED.values():
                for line in kind.carry(entity_id, since):
                    yield {"code": kind.code, "entity": str(entity_id), "line": line}


def kinds_in_words() -> list[str]:
    """What a restore does again where it can, by kind."""
    return [one.label for one in REPLAYED.values()]


def newest_signed() -> tuple[int, str] | None:
    """Size and root of the newest signed checkpoint."""
    newest = newest_checkpoint()
    return (newest.size, bytes(newest.root).hex()) if newest else None
