"""Which files are held of whom, and how each came in (留存的附件): for searches, without content."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from guiju.database.scope import require_scope
from guiju.files.models import Attachment
from guiju.files.records import RECORD
from guiju.files.registry import OWNERS
from guiju.files.selectors.attachments import attachment_for, field_of_grade
from guiju.kernel.errors import GuijuError
from guiju.organisations.models import Member
from guiju.privacy.masking import masked
from guiju.privacy.registry import Held


def after(entity_id: UUID, last: UUID | None, most: int) -> Sequence[Held]:
    rows = _rows(entity_id).order_by("pk")
    return _held(list((rows if last is None else rows.filter(pk__gt=last))[:most]))


def of(entity_id: UUID, ids: Collection[UUID]) -> Sequence[Held]:
    return _held(list(_rows(entity_id).filter(Q(pk__in=ids) | Q(subject_id__in=ids)).order_by("pk")))


def _rows(entity_id: UUID) -> QuerySet[Attachment]:
    require_scope()
    return Attachment.objects.filter(entity_id=entity_id, erased_at=None).select_related("subject")


def _held(rows: Sequence[Attachment]) -> list[Held]:
    ended: dict[tuple[str, UUID], date | None] = {}
    for kind in {row.owner_kind for row in rows} & OWNERS.keys():
        found = OWNERS[kind].ended({row.owner_id for row in rows if row.owner_kind == kind})
        ended |= {(kind, pk): day for pk, day in found.items()}
    return [
        Held(
            row.pk,
            RECORD,
            {field_of_grade(row.grade): row.collection_id},
            row.subject,
            ended_on=ended.get((row.owner_kind, row.owner_id)),
            is_alone=False,
            is_several=True,
        )
        for row in rows
    ]


def names(member: Member, ids: Collection[UUID]) -> Mapping[UUID, tuple[str, str]]:
    """To whom these files belong, masked, and where the member may look at them."""
    found: dict[UUID, tuple[str, str]] = {}
    for pk in ids:
        try:
            row, owner = attachment_for(member, pk, on=timezone.localdate(), for_archive=True)
        except GuijuError:
            continue
        whose = masked("name", owner.name) if row.subject_id else owner.name
        found[pk] = f"{whose}的附件", reverse("attachment", args=[pk])
    return found


def addresses(entity_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, str]:
    """Where files are looked at before somebody decides on them."""
    rows: Any = Attachment.objects.filter(entity_id=entity_id, pk__in=ids, erased_at=None).values_list("pk", flat=True)
    return {pk: reverse("attachment", args=[pk]) for pk in rows}
