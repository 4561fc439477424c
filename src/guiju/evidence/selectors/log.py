"""Reads of the log: entries with their places, the proof of one, the runs of verification."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from guiju.database.scope import require_scope
from guiju.evidence.models import GONE, Checkpoint, Entry, Leaf, LogKey, Receipt, Revision, Verification
from guiju.evidence.nodes import tree_of
from guiju.evidence.registry import COMMITTED, committed_values
from guiju.evidence.selectors.history import opened
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.errors import Missing
from guiju.kernel.evidence import plain_value, record_digest, sm3
from guiju.kernel.evidence.leaves import batch_root, entry_leaf, read_entry, record_leaf
from guiju.kernel.evidence.note import BadNote, VerifierKey, open_checkpoint
from guiju.kernel.evidence.tree import MissingHashes, leaf_hash, verify_inclusion

SEALED = "（日志里不显示）"
"""In place of a value that lies in ciphertext: whoever reads the log has no right to it by that."""


@dataclass(frozen=True)
class Wanted:
    """What somebody looks for in the log."""

    entity: UUID | None = None
    kind: str = ""
    action: str = ""
    since: date | None = None
    until: date | None = None
    number: int | None = None


def entries(wanted: Wanted) -> QuerySet[Entry]:
    """Entries in sight, the newest first, each with its `place` in the log (None: not yet)."""
    require_scope()
    found = Entry.objects.annotate(place=Subquery(Leaf.objects.filter(entry_id=OuterRef("pk")).values("index")[:1]))
    if wanted.entity:
        found = found.filter(entity_id=wanted.entity)
    if wanted.kind:
        # An entry of one record bears its kind: only of several need the records be looked at.
        others = Revision.objects.filter(entity_id=OuterRef("entity_id"), entry_id=OuterRef("pk"))
        found = found.filter(
            Q(subject_type=wanted.kind) | Q(Q(count__gt=1), Exists(others.filter(subject_type=wanted.kind)))
        )
    if wanted.action:
        found = found.filter(action=wanted.action)
    if wanted.since:
        found = found.filter(at__gte=timezone.make_aware(datetime.combine(wanted.since, time.min)))
    if wanted.until:
        found = found.filter(at__lte=timezone.make_aware(datetime.combine(wanted.until, time.max)))
    if wanted.number is not None:
        found = found.filter(pk__in=Leaf.objects.filter(index=wanted.number).values("entry_id"))
    # Ids grow with time, and their index ends where the newest are: by `at` millions would be sorted first.
    return found.order_by("-id")


@dataclass(frozen=True)
class Standing:
    """Where an entry stands in the log and whether that holds now; says nothing of what was recorded."""

    entry_id: UUID
    index: int | None = None
    digest: str = ""
    digest_sm3: str = ""
    signed: Checkpoint | None = None
    """The first checkpoint that covers it."""
    newest: Checkpoint | None = None
    holds: bool = False
    receipts: tuple[Receipt, ...] = ()
    key: str = ""


def place_of(entry_id: UUID) -> tuple[int, str] | None:
    """The number of an entry in the log (存证号) and its digest (条目摘要, SHA-256); none before it has a place."""
    leaf = Leaf.objects.filter(entry_id=entry_id).only("index", "hash").first()
    return (leaf.index, bytes(leaf.hash).hex()) if leaf else None


def standing_of(entry_id: UUID) -> Standing:
    """The place of an entry, proven against the newest checkpoint; without a place when it has none."""
    leaf = Leaf.objects.filter(entry_id=entry_id).first()
    if leaf is None:
        return Standing(entry_id)
    signed = Checkpoint.objects.filter(size__gt=leaf.index).order_by("size").first()
    newest = Checkpoint.objects.order_by("-size").first() if signed else None
    key = LogKey.objects.order_by("since").values_list("key", flat=True).first() or ""
    receipts = Receipt.objects.filter(size__gt=leaf.index).exclude(done_at=None).order_by("size", "done_at")[:20]
    holds = newest is not None and _is_included(leaf, newest, key)
    return Standing(
        entry_id,
        leaf.index,
        bytes(leaf.hash).hex(),
        bytes(leaf.sm3).hex(),
        signed,
        newest,
        holds,
        tuple(receipts) if signed else (),
        key,
    )


def _is_included(leaf: Leaf, newest: Checkpoint, key: str) -> bool:
    connection.ensure_connection()
    assert connection.connection is not None
    try:
        said = open_checkpoint(newest.note, VerifierKey.parse(key))
        path = tree_of(connection.connection, said.size).inclusion(leaf.index)
    except (BadNote, MissingHashes, IndexError):
        return False
    return verify_inclusion(bytes(leaf.hash), index=leaf.index, size=said.size, path=path, root=said.root)


@dataclass(frozen=True)
class Difference:
    """A field whose value now is not the committed one (被改动的字段)."""

    label: str
    committed: Any
    now: Any


@dataclass(frozen=True)
class Record:
    """One record of an entry: its digests, and whether the row is still as the log says."""

    revision: Revision
    label: str
    digest: str
    digest_sm3: str
    is_readable: bool
    is_newest: bool
    differences: tuple[Difference, ...]
    is_missing: bool


def is_as_placed(entry: Entry) -> bool:
    """Whether entry and versions still say what the log has of them; False for one without a place."""
    leaf = Leaf.objects.filter(entry_id=entry.pk).first()
    try:
        said = read_entry(entry.leaf)
        placed = leaf is not None and leaf_hash(entry_leaf(entry.leaf.encode(), json.loads(leaf.content))) == bytes(
            leaf.hash
        )
    except (ValueError, TypeError):
        return False
    columns = (entry.action, plain_value(entry.at), str(entry.entity_id), entry.actor_id and str(entry.actor_id))
    told = (said.entry["action"], said.entry["at"], said.entry["entity"], said.entry["actor"])
    leaves = [
        record_leaf(one.schema, str(one.subject_id), record_digest(one.schema, bytes(one.digests)))
        for one in _revisions_of(entry)
    ]
    return placed and columns == told and len(leaves) == said.count and batch_root(leaves).hex() == said.root


def _revisions_of(entry: Entry) -> QuerySet[Revision]:
    return Revision.objects.filter(entity_id=entry.entity_id, entry_id=entry.pk).order_by("position")


def records_of(entry: Entry) -> list[Record]:
    """The records of an entry, compared with their rows where this is their newest version."""
    require_scope()
    by_type = {one.subject_type: one for one in COMMITTED.values()}
    revisions = list(_revisions_of(entry))
    newest = _newest_of(revisions)
    rows = _rows_of(revisions)
    records = []
    for revision in revisions:
        committed, digests = by_type.get(revision.subject_type), bytes(revision.digests)
        is_newest = newest[revision.subject_type, revision.subject_id] == revision.number
        differences: tuple[Difference, ...] = ()
        is_readable, is_missing = True, False
        if committed is not None and is_newest:
            try:
                differences, is_missing = _compared(revision, rows.get((revision.subject_type, revision.subject_id)))
            except Unsealable:
                is_readable = False
        records.append(
            Record(
                revision,
                committed.label if committed else revision.subject_type,
                record_digest(revision.schema, digests).hex(),
                sm3(revision.schema.encode() + b"\x00" + digests).hex(),
                is_readable,
                is_newest,
                differences,
                is_missing,
            )
        )
    return records


def _rows_of(revisions: Sequence[Revision]) -> dict[tuple[str, UUID], Any]:
    """The rows of these records as they are now, a query for each kind."""
    found: dict[tuple[str, UUID], Any] = {}
    for committed in COMMITTED.values():
        kind = committed.subject_type
        ids = [one.subject_id for one in revisions if one.subject_type == kind]
        rows: Iterable[Any] = committed.model._default_manager.filter(id__in=ids) if ids else ()
        found.update(((kind, row.id), row) for row in rows)
    return found


def _newest_of(revisions: Iterable[Revision]) -> dict[tuple[str, UUID], int]:
    """The number of the newest version of each of these records."""
    ids = {one.subject_id for one in revisions}
    found = Revision.objects.filter(subject_id__in=ids, subject_type__in={one.subject_type for one in revisions})
    return {
        (kind, key): number
        for kind, key, number in found.values_list("subject_type", "subject_id").annotate(Max("number"))
    }


def _compared(revision: Revision, row: Any) -> tuple[tuple[Difference, ...], bool]:
    """Fields that were changed behind the application's back, and whether the row is gone."""
    if row is None:
        return (), not revision.schema.endswith(f"/{GONE}")
    committed, then, now = COMMITTED[type(row)], opened(revision).values, committed_values(row)
    labels = {field.attname: str(field.verbose_name) for field in type(row)._meta.concrete_fields}
    known = [code for code in then if code in now or "." in code] + [code for code in now if "." in code]
    return (
        tuple(
            Difference(labels.get(code, code), SEALED, SEALED)
            if committed.is_sealed(code)
            else Difference(labels.get(code, code), then.get(code), now.get(code))
            for code in dict.fromkeys(known)
            if then.get(code) != now.get(code)
        ),
        False,
    )


def verifications(entity_id: UUID) -> QuerySet[Verification]:
    """The runs of verification, the newest first."""
    require_scope()
    return Verification.objects.filter(entity_id=entity_id).order_by("-began_at")


def last_clean_size(entity_id: UUID) -> int:
    """How far the log had come at the last run that found nothing."""
    return verifications(entity_id).filter(is_clean=True).values_list("size", flat=True).first() or 0


def newest_checkpoint() -> Checkpoint | None:
    return Checkpoint.objects.order_by("-size").first()


def newest_signed() -> Checkpoint:
    """The newest checkpoint; raises `Missing` in the first seconds of a log."""
    newest = newest_checkpoint()
    if newest is None:
        raise Missing("no_checkpoint", "还没有签发过检查点：请稍候几秒再试")
    return newest


def log_key() -> str:
    return LogKey.objects.order_by("since").values_list("key", flat=True).first() or ""


def leaves_between(start: int, end: int) -> list[bytes]:
    """The log's leaves start … end-1 themselves; those of companies out of scope are missing at the end."""
    require_scope()
    rows = Leaf.objects.filter(index__gte=start, index__lt=end).order_by("index")
    texts = dict(Entry.objects.filter(pk__in=[row.entry_id for row in rows]).values_list("pk", "leaf"))
    found = []
    for row in rows:
        if row.entry_id is None:
            found.append(row.content.encode())
        elif row.entry_id in texts:
            found.append(entry_leaf(texts[row.entry_id].encode(), json.loads(row.content)))
    return found
