"""What another company of the group gets to see is written down with the company whose people they are (提供的记录)."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Set
from datetime import datetime
from itertools import islice
from uuid import UUID

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.organisations.models import Member
from guiju.privacy.models import Provision

MOST_NAMED = 1000


def note_provided(
    *,
    shown: Mapping[UUID, Mapping[UUID, Collection[str]]],
    provided: Set[UUID],
    purpose: str,
    actor: Member,
    at: datetime,
) -> list[Provision]:
    """Log what of a company's people somebody of another one saw for a purpose (提供、委托处理的记录, 网络数据安全管理条例
    第十二条).

    `shown` are the records by company, each with the fields (record.code) of which something showed; those in
    `provided` give to another handler. The reader was allowed.
    """
    act, made = Act("privacy.note_provided", actor, at), []
    for entity_id, people in shown.items():
        with scope_with(entity_id):
            for some in _parts(people):
                row = Provision(
                    id=new_id(),
                    entity_id=entity_id,
                    receiver_id=actor.entity_id,
                    by_id=actor.user_id,
                    is_provided=entity_id in provided,
                    purpose=purpose,
                    records=[str(one) for one in some],
                    fields=sorted({name for one in some for name in people[one]}),
                    at=at,
                )
                row.save(force_insert=True)
                record(act, entity_id=entity_id, subject=row)
                made.append(row)
    return made


def _parts(people: Collection[UUID]) -> Iterator[list[UUID]]:
    rest = iter(people)
    while some := list(islice(rest, MOST_NAMED)):
        yield some
