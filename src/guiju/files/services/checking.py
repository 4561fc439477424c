"""The words in files are searched for what makes them sensitive (检查附件里的文字)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.files.models import Attachment
from guiju.files.sealing import content_of
from guiju.files.services.grading import graded
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.errors import Refused
from guiju.organisations.models import EntityPath
from guiju.organisations.permissions import group_root
from guiju.privacy.scanning import spots_in
from guiju.privacy.uses import Use, register_use
from guiju.sheets.texts import words_of_file

CHECKING = register_use(
    Use(
        "files.checking",
        "检查附件里的敏感信息",
        "compliance",
        ("guiju.files.tasks.check_left_waiting", "guiju.files.tasks.check_attachment"),
    )
)
_AT_ONCE = 100_000
"""Letters that are searched at a time."""


def check_attachment(*, attachment_id: UUID, entity_id: UUID, at: datetime) -> None:
    """Read the words of a file that waits, and write what was found; reading happens outside of any transaction."""
    with scope(entities={entity_id}):
        found = Attachment.objects.filter(pk=attachment_id, reading="waiting", erased_at=None).first()
        if found is None:
            return
        try:
            content = b"".join(content_of(found))
        except Unsealable:
            content = None
    categories, is_whole = (None, False) if content is None else _categories(found, content)
    with scope(entities={entity_id}):
        _finish(attachment_id, categories, is_whole, at)


def _categories(found: Attachment, content: bytes) -> tuple[set[str] | None, bool]:
    """What was found, and whether all of it could be read; None where nothing could."""
    try:
        words = words_of_file(found.name, found.media_type, content)
    except Refused:
        return None, False
    categories: set[str] = set()
    some: list[str] = []
    size = 0
    for text in words.texts:
        some.append(text)
        size += len(text)
        if size > _AT_ONCE:
            categories |= {spot.category for spot in spots_in("\n".join(some))}
            some, size = [], 0
    return categories | {spot.category for spot in spots_in("\n".join(some))}, words.is_whole


@transaction.atomic
def _finish(attachment_id: UUID, categories: set[str] | None, is_whole: bool, at: datetime) -> None:
    row = Attachment.objects.select_for_update(of=("self",)).get(pk=attachment_id)
    if row.reading != Attachment.Reading.WAITING or row.erased_at:
        return
    row.reading = Attachment.Reading.READ if is_whole else Attachment.Reading.PARTLY
    if categories is None:
        row.reading = Attachment.Reading.UNREADABLE
    graded(row, categories or ())
    # What nobody has seen in it, the pictures, may be anything: it stays undecided until somebody looks.
    if row.reading == Attachment.Reading.READ and row.grade == Attachment.Grade.UNKNOWN:
        row.grade = Attachment.Grade.GENERAL
    row.save(update_fields=["reading", "found", "grade", "graded_by"])
    record(Act("files.check_attachment", None, at), entity_id=row.entity_id, subject=row)


def left_waiting(*, at: datetime) -> list[tuple[UUID, UUID]]:
    """Files, with their companies, that nobody has read though they wait: the task of theirs was lost."""
    root = group_root()
    if root is None:
        return []
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    found: list[tuple[UUID, UUID]] = []
    for entity_id in companies:
        with scope(entities={entity_id}):
            rows = Attachment.objects.filter(entity_id=entity_id, reading="waiting", erased_at=None)
            late = rows.filter(made_at__lt=at - timedelta(minutes=10))
            found += [(pk, entity_id) for pk in late.values_list("pk", flat=True)]
    return found
