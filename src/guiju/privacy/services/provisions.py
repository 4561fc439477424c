"""What another company of the group gets to see is written down with the company whose people they are (提供的记录)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from uuid import UUID

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.organisations.models import Member
from guiju.privacy.models import Provision

MOST_NAMED = 1000


def note_provided(
    *,
    entity_id: UUID,
    shown: Mapping[UUID, Collection[str]],
    is_provided: bool,
    purpose: str,
    actor: Member,
    at: datetime,
) -> list[Provision]:
    """Log what of a company's people somebody of another one saw for a purpose (提供、委托处理的记录, 网络数据安全管理条例
    第十二条).

    `shown` are the records, each with the fields (record.code) of which something showed; the reader was allowed.
    """
    made, records = [], list(shown)
    with scope_with(entity_id):
        for start in range(0, len(records), MOST_NAMED):
            some = records[start : start + MOST_NAMED]
            row = Provision(
                id=new_id(),
                entity_id=entity_id,
                receiver_id=actor.entity_id,
                by_id=actor.user_id,
                is_provided=is_provided,
                purpose=purpose,
                records=[str(one) for one in some],
                fields=sorted({name for one in some for name in shown[one]}),
                at=at,
            )
            row.save(force_insert=True)
            record(Act("privacy.note_provided", actor, at), entity_id=entity_id, subject=row)
            made.append(row)
    return made
