"""Reads of files with products or orders on their way in (产品和订单导入): each sees their own."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.orders.models import TableImport
from guiju.organisations.models import Member


def imports_for(member: Member) -> QuerySet[TableImport]:
    """A member's own imports, the newest first, without their files: those hold more than colleagues may see."""
    require_scope()
    return TableImport.objects.filter(member=member).defer("content", "problems").order_by("-made_at", "-pk")


def import_for(member: Member, import_id: UUID) -> TableImport:
    require_scope()
    found = TableImport.objects.filter(member=member, pk=import_id).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或不是您上传的")
    return found
