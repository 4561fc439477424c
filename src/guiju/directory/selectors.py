"""Reads of what comes in and of what stands for what."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from guiju.database.scope import require_scope
from guiju.directory.models import GroupRole, Intake
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import require


def recent_intakes(member: Member) -> QuerySet[Intake]:
    """The last lists that came in, without their contents."""
    require(member, "directory.intake", on=member.entity_id)
    require_scope()
    return Intake.objects.defer("content", "lines").order_by("-made_at")[:20]


def intake_for(member: Member, intake_id: UUID) -> Intake:
    """One list on its way in, without what was read; raises `Missing`."""
    require(member, "directory.intake", on=member.entity_id)
    require_scope()
    found = Intake.objects.defer("content").filter(pk=intake_id).first()
    if found is None:
        raise Missing("intake_missing", "没有这份名单，或它不属于您的公司")
    return found


def groups_for(member: Member) -> QuerySet[GroupRole]:
    """Which group stands for which role now; for who may set it."""
    require(member, "directory.map", on=member.entity_id)
    require_scope()
    return (
        GroupRole.objects.filter(ended_at=None)
        .select_related("entity", "role", "made_by")
        .order_by("group", "entity__unified_code", "pk")
    )
