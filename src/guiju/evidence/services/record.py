"""Every change leaves an entry, in the change's own transaction (留痕)."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from django.db import connection
from django.db.models import Max, Model

from guiju.database.bulk import Dumped, dump_rows, insert_dumped, insert_rows
from guiju.database.models import new_id
from guiju.database.scope import require_scope, scope_with
from guiju.evidence.models import GONE, REASON, Entry, Revision
from guiju.evidence.registry import COMMITTED, committed_values
from guiju.evidence.sealing import seal_version
from guiju.kernel.evidence import canonical, field_digests, new_salts, plain_value, record_digest
from guiju.kernel.evidence.leaves import LARGEST_BATCH, batch_root, record_leaf
from guiju.keys.ring import keyring

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


@dataclass(frozen=True)
class _Version:
    """A record as it was committed, before it has its entry."""

    entity_id: UUID
    subject_type: str
    subject_id: UUID
    schema: str
    values: dict[str, Any]


class Drawn(NamedTuple):
    """A version digested and sealed, which has no entry yet; goes from one process to another."""

    id: UUID
    entity_id: UUID
    subject_type: str
    subject_id: UUID
    number: int
    schema: str
    digests: bytes
    sealed: bytes
    leaf: bytes


class _Revision(NamedTuple):
    """A row of `Revision`."""

    id: UUID
    entity_id: UUID
    entry_id: UUID
    position: int
    subject_type: str
    subject_id: UUID
    number: int
    schema: str
    digests: bytes
    sealed: bytes


@dataclass
class _Gathering:
    """What one act has recorded so far, to become one entry a company."""

    act: Act
    about: tuple[str, UUID]
    are_new: bool
    versions: dict[UUID, list[_Version]] = field(default_factory=dict)


_gathering: ContextVar[_Gathering | None] = ContextVar("guiju_gathering", default=None)


def record(act: Act, *, entity_id: UUID, subject: Model) -> None:
    """Log one change of one record; call it last, when `subject` is as it will be committed.

    Raises `RuntimeError` outside a transaction: an entry without its change, or a change without
    its entry, would be a lie.
    """
    _require_transaction()
    _take(act, _version_of(act, entity_id, subject))


def record_removal(act: Act, *, entity_id: UUID, subject: Model) -> None:
    """Log that a record is taken away: its last version has no fields."""
    _require_transaction()
    committed = COMMITTED[type(subject)]
    values = {REASON: act.reason} if act.reason else {}
    schema = f"{committed.subject_type}/{GONE}"
    _take(act, _Version(entity_id, committed.subject_type, _id_of(subject), schema, values))


@contextmanager
def one_entry(act: Act, *, about: Model, are_new: bool = False) -> Iterator[None]:
    """Let all that `act` records within the block be one entry a company, about one record.

    More than a thousand records make one entry for each thousand. What other acts record within
    keeps its own entries. Where all records `are_new`, nobody looks for earlier versions of them.
    """
    outer = _gathering.get()
    if outer is not None and outer.act is act:
        yield
        return
    gathered = _Gathering(act, (COMMITTED[type(about)].subject_type, _id_of(about)), are_new)
    token = _gathering.set(gathered)
    try:
        yield
    finally:
        _gathering.reset(token)
    _require_transaction()
    for entity_id, versions in gathered.versions.items():
        ordered = sorted(versions, key=lambda version: version.subject_type)
        with scope_with(entity_id):
            for start in range(0, len(ordered), LARGEST_BATCH):
                part = ordered[start : start + LARGEST_BATCH]
                _write_batch(act, gathered.about, part, {} if are_new else _newest_numbers(part))


def draw(entity_id: UUID, subject: Model) -> Drawn:
    """The first version of a record that is about to be written as it stands: most of the work of `record`.

    It can be done ahead, by another process, and counts for nothing until `record_drawn` gives it an entry.
    """
    committed = COMMITTED[type(subject)]
    values = committed_values(subject)
    return _drawn(_Version(entity_id, committed.subject_type, _id_of(subject), committed.schema, values), 1)


class DrawnUp(NamedTuple):
    """Versions of new records of one company, in the order of their streams, ready to be sent.

    `keys` are what the records are, `leaves` their leaves, `places` where they stood among those given.
    """

    entity_id: UUID
    rows: Dumped
    keys: list[tuple[str, UUID]]
    leaves: list[bytes]
    places: list[int]


_LATE = ("entry_id", "position")
"""Columns of a version that only its entry knows."""


def draw_up(drawn: Sequence[Drawn]) -> DrawnUp:
    places = sorted(range(len(drawn)), key=lambda place: drawn[place].subject_type)
    ordered = [drawn[place] for place in places]
    return DrawnUp(
        ordered[0].entity_id,
        dump_rows(ordered, Revision, without=_LATE),
        [(one.subject_type, one.subject_id) for one in ordered],
        [one.leaf for one in ordered],
        places,
    )


def record_drawn(act: Act, *, about: tuple[str, UUID], drawn: DrawnUp, keep: Sequence[bool]) -> None:
    """Log those new records of one company that are kept, written in this transaction, as they were drawn up before."""
    _require_transaction()
    kept = [place for place, is_kept in enumerate(keep) if is_kept]
    entries: list[Entry] = []
    late: tuple[list[UUID], list[int]] = [UUID(int=0)] * len(keep), [0] * len(keep)
    for start in range(0, len(kept), LARGEST_BATCH):
        part = kept[start : start + LARGEST_BATCH]
        only = drawn.keys[part[0]] if len(part) == 1 else about
        streams = Counter(drawn.keys[place][0] for place in part)
        entry = _entry_of(act, only, drawn.entity_id, streams, [drawn.leaves[place] for place in part])
        for position, place in enumerate(part):
            late[0][place], late[1][place] = entry.id, position
        entries.append(entry)
    insert_rows(entries)
    insert_dumped(drawn.rows, keep=keep, more={"entry_id": ("uuid", late[0]), "position": ("smallint", late[1])})
    _queue(entries)


def record_founding(act: Act, *, subjects: Iterable[tuple[UUID, Model]]) -> int:
    """Log new records, each in the stream of its own entity; returns how many.

    Takes pairs of entity id and record, and keeps no more than a thousand in memory.
    """
    _require_transaction()
    count = 0
    rows = iter(subjects)
    while chunk := list(islice(rows, _ROWS_A_STATEMENT)):
        found = [_version_of(act, entity_id, subject) for entity_id, subject in chunk]
        _insert(_written(act, (one.subject_type, one.subject_id), [(one, 1)]) for one in found)
        count += len(found)
    return count


def _id_of(subject: Model) -> UUID:
    """The UUID under which a record has its stream: its `id`, which may stand beside another primary key."""
    found: UUID = subject.id  # type: ignore[attr-defined]
    return found


def _require_transaction() -> None:
    require_scope()
    if not connection.in_atomic_block:
        raise RuntimeError("a record belongs into the transaction of its change")


def _version_of(act: Act, entity_id: UUID, subject: Model) -> _Version:
    committed = COMMITTED[type(subject)]
    values = committed_values(subject)
    if act.reason:
        values[REASON] = act.reason
    return _Version(entity_id, committed.subject_type, _id_of(subject), committed.schema, values)


def _take(act: Act, version: _Version) -> None:
    gathered = _gathering.get()
    if gathered is not None and gathered.act is act:
        gathered.versions.setdefault(version.entity_id, []).append(version)
    else:
        _write_one(act, version)


def _write_one(act: Act, version: _Version) -> None:
    """The entry, its version and its place in the queue in one statement: most services write just one."""
    entry, (revision,) = _written(act, (version.subject_type, version.subject_id), [(version, 0)])
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH entry AS (INSERT INTO evidence_entry"
            " (id, entity_id, action, subject_type, subject_id, actor_id, at, count, leaf)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, 1, %s)),"
            " pending AS (INSERT INTO evidence_pending (entry_id) VALUES (%s))"
            " INSERT INTO evidence_revision"
            " (id, entity_id, entry_id, position, subject_type, subject_id, number, schema, digests, sealed)"
            " SELECT %s, %s, %s, 0, %s, %s, COALESCE(MAX(number), 0) + 1, %s, %s, %s FROM evidence_revision"
            " WHERE entity_id = %s AND subject_type = %s AND subject_id = %s",
            [
                *(entry.id, entry.entity_id, entry.action, entry.subject_type, entry.subject_id),
                *(entry.actor_id, entry.at, entry.leaf, entry.id),
                *(revision.id, revision.entity_id, entry.id, revision.subject_type, revision.subject_id),
                *(revision.schema, revision.digests, revision.sealed),
                *(revision.entity_id, revision.subject_type, revision.subject_id),
            ],
        )


def _newest_numbers(versions: Sequence[_Version]) -> dict[tuple[str, UUID], int]:
    """The number of the newest version that each of these records has."""
    return {
        (kind, key): number
        for kind, key, number in Revision.objects.filter(
            entity_id=versions[0].entity_id,
            subject_type__in={version.subject_type for version in versions},
            subject_id__in={version.subject_id for version in versions},
        )
        .values_list("subject_type", "subject_id")
        .annotate(Max("number"))
    }


def _write_batch(
    act: Act, about: tuple[str, UUID], versions: Sequence[_Version], newest: dict[tuple[str, UUID], int]
) -> None:
    if len(versions) == 1:
        # An entry of one record is about that one: lists of a kind look no further.
        about = (versions[0].subject_type, versions[0].subject_id)
    numbered = []
    for version in versions:
        key = (version.subject_type, version.subject_id)
        newest[key] = newest.get(key, 0) + 1
        numbered.append((version, newest[key]))
    _insert([_written(act, about, numbered)])


def _insert(written: Iterable[tuple[Entry, list[_Revision]]]) -> None:
    pairs = list(written)
    insert_rows([entry for entry, _ in pairs])
    insert_rows([revision for _, revisions in pairs for revision in revisions], of=Revision)
    _queue([entry for entry, _ in pairs])


def _queue(entries: Sequence[Entry]) -> None:
    with connection.cursor() as cursor:
        # Not by Django, which would ask for the serials: the app may put into the queue and not look into it.
        cursor.execute(
            "INSERT INTO evidence_pending (entry_id) SELECT unnest(%s::uuid[])", [[entry.id for entry in entries]]
        )


def _written(
    act: Act, about: tuple[str, UUID], versions: Sequence[tuple[_Version, int]]
) -> tuple[Entry, list[_Revision]]:
    """The entry of numbered versions of one company, in the order of their streams."""
    return _entered(act, about, [_drawn(version, number) for version, number in versions])


def _drawn(version: _Version, number: int) -> Drawn:
    salts = new_salts(len(version.values))
    digests = field_digests(version.values, salts)
    record = record_digest(version.schema, digests)
    revision_id = new_id()
    return Drawn(
        id=revision_id,
        entity_id=version.entity_id,
        subject_type=version.subject_type,
        subject_id=version.subject_id,
        number=number,
        schema=version.schema,
        digests=digests,
        sealed=seal_version(keyring(), version.entity_id, revision_id, salts=salts, values=version.values),
        leaf=record_leaf(version.schema, str(version.subject_id), record),
    )


def _entered(act: Act, about: tuple[str, UUID], drawn: Sequence[Drawn]) -> tuple[Entry, list[_Revision]]:
    """The entry of versions of one company, and their rows."""
    streams = Counter(one.subject_type for one in drawn)
    entry = _entry_of(act, about, drawn[0].entity_id, streams, [one.leaf for one in drawn])
    revisions = [
        _Revision(
            one.id,
            one.entity_id,
            entry.id,
            position,
            one.subject_type,
            one.subject_id,
            one.number,
            one.schema,
            one.digests,
            one.sealed,
        )
        for position, one in enumerate(drawn)
    ]
    return entry, revisions


def _entry_of(
    act: Act, about: tuple[str, UUID], entity_id: UUID, streams: Mapping[str, int], leaves: Sequence[bytes]
) -> Entry:
    entry_id = new_id()
    leaf = {
        "action": act.action,
        "actor": str(act.actor.id) if act.actor else None,
        "at": plain_value(act.at),
        "entity": str(entity_id),
        "grounds": list(act.grounds),
        "id": str(entry_id),
        "nonce": secrets.token_hex(16),
        "records": {
            "root": batch_root(leaves).hex(),
            "streams": [list(pair) for pair in streams.items()],
        },
        "subject": {"id": str(about[1]), "type": about[0]},
        "v": 1,
    }
    return Entry(
        id=entry_id,
        entity_id=entity_id,
        action=act.action,
        subject_type=about[0],
        subject_id=about[1],
        actor_id=act.actor.id if act.actor else None,
        at=act.at,
        count=len(leaves),
        leaf=canonical(leaf).decode(),
    )
