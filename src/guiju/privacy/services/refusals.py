"""Commercial messages are refused, at one step and for the whole group (拒收, 消费者权益保护法实施条例 第二十四条)."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.organisations.selectors.people import user_behind
from guiju.privacy.models import Refusal
from guiju.privacy.selectors.refusals import key_of


def write_refusal(addresses: Iterable[str], *, entity_id: UUID, way: Refusal.Way, act: Act) -> list[Refusal]:
    """Put addresses on the list; for services that know that they are the person's, or were told so."""
    made = []
    with scope_with(entity_id):
        for address in addresses:
            if not address:
                continue
            row = Refusal(
                id=new_id(),
                entity_id=entity_id,
                key=key_of(address, entity_id),
                way=way,
                by_id=user_behind(act),
                at=act.at,
            )
            row.save(force_insert=True)
            record(act, entity_id=entity_id, subject=row)
            made.append(row)
    return made
