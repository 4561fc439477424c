"""Reads of files with customers on their way in (客户导入)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from guiju.customers.models import CustomerImport
from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require


def imports_for(member: Member) -> QuerySet[CustomerImport]:
    """A member's own imports, the newest first, without their files; those of all for who keeps the catalogue.

    A file holds what its sender has, and more than the sender's colleagues may see. Raises `NotAllowed`.
    """
    require(member, "customer.import", on=member.entity_id)
    require_scope()
    found = CustomerImport.objects.filter(entity_id=member.entity_id).defer("content").order_by("-made_at", "-pk")
    return found if allows(member, "catalogue.change", on=member.entity_id) else found.filter(member=member)


def import_for(member: Member, import_id: UUID) -> CustomerImport:
    found = imports_for(member).filter(pk=import_id).first()
    if found is None:
        raise Missing("import_missing", "没有这次导入，或您的角色看不到它")
    return found
