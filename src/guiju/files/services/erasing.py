"""Files go, with the person or by themselves (附件的销毁); only the door of disposals asks for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from guiju.archives.models import Hold
from guiju.archives.registry import Destroyed, Kept, Target
from guiju.evidence.services import Act, record
from guiju.files.models import Attachment
from guiju.files.records import FIELD, RECORD, SENSITIVE
from guiju.files.registry import tops_of
from guiju.files.sealing import let_go
from guiju.files.selectors.attachments import field_of_grade

ERASED_NAME = "（已销毁）"
_CODES = ("name", "note", "digest", "found", "sealed.key", "sealed.algorithm")


def count_attachments(entity_id: UUID, targets: Sequence[Target]) -> Mapping[UUID, int]:
    found: dict[UUID, int] = {}
    for target, _ in _going(entity_id, targets):
        found[target] = found.get(target, 0) + 1
    return found


def destroy_attachments(entity_id: UUID, targets: Sequence[Target], act: Act) -> Destroyed:
    """Take content, key, name and what was found; the empty row stays, and the digest of what was stored."""
    done = Destroyed()
    going = _going(entity_id, targets, for_update=True)
    let_go(row for _, row in going)
    for target, row in going:
        row.name, row.note, row.digest, row.found, row.sealed = ERASED_NAME, "", "", [], b""
        row.removed_at, row.erased_at = row.removed_at or act.at, act.at
        row.save()
        record(act, entity_id=entity_id, subject=row)
        done.add(target, row, _CODES)
    return done


def held_back(entity_id: UUID, targets: Sequence[Target], on: date) -> Mapping[UUID, Kept]:
    """A file that is to go by itself stays where what it is about is held back."""
    rows = Attachment.objects.filter(entity_id=entity_id, pk__in=[one.subject_id for one in targets])
    tops = tops_of("pk", [row.owner_id for row in rows])
    whose = {row.pk: {row.subject_id, row.owner_id, tops.get(row.owner_id)} for row in rows}
    wanted = {pk for some in whose.values() for pk in some if pk is not None}
    holds = {
        one.subject_id: one for one in Hold.objects.filter(entity_id=entity_id, subject_id__in=wanted, lifted_at=None)
    }
    return {
        pk: Kept(f"已登记保全（{holds[one].get_sort_display()}）")
        for pk, some in whose.items()
        for one in some
        if one in holds
    }


def _going(entity_id: UUID, targets: Sequence[Target], *, for_update: bool = False) -> list[tuple[UUID, Attachment]]:
    """The files that go, each with the target by which it does: its person, its company's record, or itself.

    What belongs to an order of a company goes with the company's record.
    """
    named = {
        one.subject_id: {code for code in (FIELD, SENSITIVE) if one.names(RECORD, code)}
        for one in targets
        if one.names(RECORD, FIELD) or one.names(RECORD, SENSITIVE)
    }
    if not named:
        return []
    wanted = list(named)
    tops = {**tops_of("customer_id", wanted), **{pk: pk for pk in wanted}}
    whose = Q(subject_id__in=wanted) | Q(subject=None, owner_id__in=tops) | Q(pk__in=wanted)
    rows: QuerySet[Attachment] = Attachment.objects.filter(whose, entity_id=entity_id, erased_at=None).order_by("pk")
    found = rows.select_for_update(of=("self",)) if for_update else rows
    going = [(_target_of(row, named, tops), row) for row in found]
    return [(target, row) for target, row in going if target is not None]


def _target_of(row: Attachment, named: Mapping[UUID, set[str]], tops: Mapping[UUID, UUID]) -> UUID | None:
    """By which target a file goes: itself, however it is classified by now, or as one of its kind."""
    if row.pk in named:
        return row.pk
    code, whose = field_of_grade(row.grade), (row.subject_id, tops.get(row.owner_id))
    return next((pk for pk in whose if pk is not None and code in named.get(pk, ())), None)
