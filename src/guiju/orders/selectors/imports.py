"""Reads of files with products or orders on their way in (产品和订单导入): each sees their own."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.orders.models import TableImport
from guiju.organisations.models import Member

_LARGE = ("content", "problems", "made")


def imports_for(member: Member) -> QuerySet[TableImport]:
    """A member's own imports, the newest first, without their files: those hold more than colleagues may see."""
    require_scope()
    return TableImport.objects.filter(member=member).defer(*_LARGE).order_by("-made_at", "-pk")


def import_for(member: Member, import_id: UUID) -> TableImport:
    require_scope()
    found = TableImport.objects.filter(member=member, pk=import_id).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或不是您上传的")
    return found


def remembered(member: Member, kind: str, titles: list[str]) -> dict[str, str] | None:
    """The mapping of the company's last file with the same columns, if there was one."""
    done = TableImport.objects.filter(entity_id=member.entity_id, kind=kind, state=TableImport.State.DONE)
    for mapping in done.order_by("-made_at").values_list("mapping", flat=True)[:20]:
        if set(mapping) == set(titles):
            return dict(mapping)
    return None


_ID = 16


def ids_in(made: bytes | memoryview) -> list[UUID]:
    """What an import brought, by id."""
    packed = bytes(made)
    return [UUID(bytes=packed[place : place + _ID]) for place in range(0, len(packed), _ID)]


def taken_back(entity_id: UUID, kind: str) -> dict[UUID, datetime]:
    """What imports brought and were taken back with, and when: the same row of a file may bring it once more."""
    undone = TableImport.objects.filter(entity_id=entity_id, kind=kind, state=TableImport.State.UNDONE)
    return {
        pk: datetime.fromisoformat(undo["at"])
        for made, undo in undone.order_by("made_at").values_list("made", "undo")
        for pk in ids_in(made)
    }
