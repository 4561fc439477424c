"""Every change leaves an entry, in the change's own transaction (留痕)."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import Max, Model

from guiju.database.models import new_id
from guiju.database.scope import require_scope
from guiju.evidence.models import REASON, Entry, Pending, Revision
from guiju.evidence.registry import COMMITTED
from guiju.kernel.evidence import canonical, field_digest, new_salt, plain_value, record_digest

_ROWS_A_STATEMENT = 1000


class Actor(Protocol):
    """Who acts: a member, known to the log by id only."""

    @property
    def id(self) -> UUID: ...


@dataclass(frozen=True)
class Act:
    """What was done, by whom (None: the installation itself), when, on which rules' grounds, and why.

    `reason` is what the actor wrote (原因). It may name people, so it is kept and digested with the
    values of the record and not in the entry itself.
    """

    action: str
    actor: Actor | None
    at: datetime
    grounds: Sequence[str] = ()
    reason: str = ""


def record(act: Act, *, entity_id: UUID, subject: Model) -> Entry:
    """Log one change of one record; call it last, when `subject` is as it will be committed.

    Raises `RuntimeError` outside a transaction: an entry without its change, or a change without
    its entry, would be a lie.
    """
    _require_transaction()
    last = Revision.objects.filter(
        entity_id=entity_id,
        subject_type=COMMITTED[type(subject)].subject_type,
        subject_id=_id_of(subject),
    ).aggregate(last=Max("number"))["last"]
    entry, revision = _write_down(act, entity_id, subject, number=(last or 0) + 1)
    entry.save(force_insert=True)
    revision.save(force_insert=True)
    Pending.objects.create(entry=entry)
    return entry


def record_founding(act: Act, *, subjects: Iterable[tuple[UUID, Model]]) -> int:
    """Log new records, each in the stream of its own entity; returns how many.

    Takes pairs of entity id and record, and keeps no more than a thousand in memory.
    """
    _require_transaction()
    count = 0
    rows = iter(subjects)
    while chunk := list(islice(rows, _ROWS_A_STATEMENT)):
        written = [_write_down(act, entity_id, subject, number=1) for entity_id, subject in chunk]
        Entry.objects.bulk_create(entry for entry, _ in written)
        Revision.objects.bulk_create(revision for _, revision in written)
        Pending.objects.bulk_create(Pending(entry=entry) for entry, _ in written)
        count += len(written)
    return count


def _id_of(subject: Model) -> UUID:
    """The UUID under which a record has its stream: its `id`, which may stand beside another primary key."""
    found: UUID = subject.id  # type: ignore[attr-defined]
    return found


def _require_transaction() -> None:
    require_scope()
    if not connection.in_atomic_block:
        raise RuntimeError("a record belongs into the transaction of its change")


def _write_down(act: Act, entity_id: UUID, subject: Model, *, number: int) -> tuple[Entry, Revision]:
    committed = COMMITTED[type(subject)]
    values = {code: plain_value(getattr(subject, code)) for code in committed.fields}
    if act.reason:
        values[REASON] = act.reason
    salts = {code: new_salt() for code in values}
    digests = [(code, field_digest(salts[code], code, value)) for code, value in values.items()]
    entry_id = new_id()
    leaf: dict[str, Any] = {
        "v": 1,
        "id": str(entry_id),
        "entity": str(entity_id),
        "action": act.action,
        "actor": str(act.actor.id) if act.actor else None,
        "at": plain_value(act.at),
        "subject": {"type": committed.subject_type, "id": str(_id_of(subject))},
        "schema": committed.schema,
        "digest": record_digest(committed.schema, (digest for _, digest in digests)).hex(),
        "grounds": list(act.grounds),
        "nonce": secrets.token_hex(16),
    }
    entry = Entry(
        id=entry_id,
        entity_id=entity_id,
        action=act.action,
        subject_type=committed.subject_type,
        subject_id=_id_of(subject),
        actor_id=act.actor.id if act.actor else None,
        at=act.at,
        leaf=canonical(leaf).decode(),
    )
    revision = Revision(
        entity_id=entity_id,
        entry=entry,
        subject_type=committed.subject_type,
        subject_id=_id_of(subject),
        number=number,
        schema=committed.schema,
        digests=[(code, digest.hex()) for code, digest in digests],
        values=values,
        salts={code: salt.hex() for code, salt in salts.items()},
    )
    return entry, revision
