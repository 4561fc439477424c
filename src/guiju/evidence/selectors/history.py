"""Reads of the log: the history of one record."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Model

from guiju.database.scope import require_scope
from guiju.evidence.models import REASON, Revision
from guiju.evidence.registry import COMMITTED, Committed
from guiju.evidence.sealing import ERASED, Opened, open_version
from guiju.kernel.evidence import DIGEST_BYTES, record_digest
from guiju.keys.ring import keyring

GONE_BY_LAW = "（已依法删除）"
"""In place of a value of the past that was erased."""


@dataclass(frozen=True)
class Change:
    """One field of one version: what it was and what it became."""

    field: str
    label: str
    old: Any
    new: Any
    is_sealed: bool = False
    """Whether it lies in ciphertext: who shows it asks for the right to its value first."""


@dataclass(frozen=True)
class Version:
    """One entry in the history of a record (修改历史)."""

    number: int
    entry_id: UUID
    action: str
    actor_id: UUID | None
    at: datetime
    reason: str
    changes: tuple[Change, ...]


def opened(revision: Revision) -> Opened:
    """Values and salts of a version, unsealed."""
    return open_version(
        keyring(),
        revision.entity_id,
        revision.id,
        bytes(revision.sealed),
        fields=len(revision.digests) // DIGEST_BYTES,
    )


def version_of(subject: Model) -> int:
    """The number of the newest version of a record; 0 for one that the log doesn't know."""
    require_scope()
    newest = (
        Revision.objects.filter(subject_type=COMMITTED[type(subject)].subject_type, subject_id=subject.id)  # type: ignore[attr-defined]
        .order_by("-number")
        .values_list("number", flat=True)
        .first()
    )
    return newest or 0


def digest_of(subject: Model) -> tuple[UUID, str] | None:
    """The newest entry of a record and the record's digest in it (hexadecimal); none that the log doesn't know."""
    require_scope()
    newest = (
        Revision.objects.filter(subject_type=COMMITTED[type(subject)].subject_type, subject_id=subject.id)  # type: ignore[attr-defined]
        .order_by("-number")
        .only("entry_id", "schema", "digests")
        .first()
    )
    return (newest.entry_id, record_digest(newest.schema, bytes(newest.digests)).hex()) if newest else None


def history_of(subject: Model) -> list[Version]:
    """All versions of a record, the newest first, each with the fields that it changed."""
    return history(COMMITTED[type(subject)].subject_type, subject.id)  # type: ignore[attr-defined]


def histories_of(subjects: Sequence[Model]) -> dict[UUID, list[Version]]:
    """The same of many records of one kind, asked once for all."""
    if not subjects:
        return {}
    return _histories(COMMITTED[type(subjects[0])], [one.id for one in subjects])  # type: ignore[attr-defined]


def history(subject_type: str, subject_id: UUID) -> list[Version]:
    """The same of a record that may be gone, by its kind and id; none of a kind that isn't committed."""
    committed = next((one for one in COMMITTED.values() if one.subject_type == subject_type), None)
    return [] if committed is None else _histories(committed, [subject_id])[subject_id]


def _histories(committed: Committed, subject_ids: Collection[UUID]) -> dict[UUID, list[Version]]:
    require_scope()
    revisions = (
        Revision.objects.filter(subject_type=committed.subject_type, subject_id__in=set(subject_ids))
        .select_related("entry")
        .order_by("number")
    )
    by_subject: dict[UUID, list[Revision]] = {pk: [] for pk in subject_ids}
    for revision in revisions:
        by_subject[revision.subject_id].append(revision)
    return {pk: _versions(committed, some) for pk, some in by_subject.items()}


def _versions(committed: Committed, revisions: Iterable[Revision]) -> list[Version]:
    """What each version changed, the newest first; `revisions` come the oldest first."""
    labels = {field.attname: str(field.verbose_name) for field in committed.model._meta.concrete_fields}
    versions: list[Version] = []
    before: dict[str, Any] = {}
    for revision in revisions:
        now = _known_in(revision)
        reason = now.pop(REASON, "")
        changes = tuple(
            Change(code, labels.get(code, code), before.get(code), now.get(code), committed.is_sealed(code))
            for code in dict.fromkeys([*now, *(code for code in before if "." in code)])
            if now.get(code) != before.get(code)
        )
        entry = revision.entry
        versions.append(Version(revision.number, entry.id, entry.action, entry.actor_id, entry.at, reason, changes))
        before = now
    return versions[::-1]


def values_in(subject: Model, number: int) -> dict[str, Any] | None:
    """What a record was in one of its versions, by code; `GONE_BY_LAW` in place of what was erased since.

    None where the log has no such version.
    """
    require_scope()
    revision = Revision.objects.filter(
        subject_type=COMMITTED[type(subject)].subject_type,
        subject_id=subject.id,  # type: ignore[attr-defined]
        number=number,
    ).first()
    return None if revision is None else _known_in(revision)


def _known_in(revision: Revision) -> dict[str, Any]:
    content = opened(revision)
    return {code: GONE_BY_LAW if content.salt_of(code) == ERASED else value for code, value in content.values.items()}


def count_versions(subject_type: type[Model], *, entity_id: UUID, before: datetime | None = None) -> int:
    """How many versions of records of a kind there are, or were just before a moment."""
    require_scope()
    found = Revision.objects.filter(entity_id=entity_id, subject_type=COMMITTED[subject_type].subject_type)
    return (found if before is None else found.filter(entry__at__lt=before)).count()


def values_at(subject_type: type[Model], *, entity_id: UUID, before: datetime) -> list[dict[str, Any]]:
    """Every record of a kind as the log knew it just before a moment, in the order of their ids."""
    require_scope()
    newest = (
        Revision.objects.filter(
            entity_id=entity_id, subject_type=COMMITTED[subject_type].subject_type, entry__at__lt=before
        )
        .order_by("subject_id", "-number")
        .distinct("subject_id")
    )
    return [dict(opened(revision).values) for revision in newest]
