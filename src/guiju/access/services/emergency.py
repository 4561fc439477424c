"""A role for an hour when something can't wait (紧急授权): one asks, another allows, a third looks at it after."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.access.models import EmergencyAccess
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member, Role
from guiju.organisations.permissions import require
from guiju.organisations.registry import THREE_ADMINISTRATORS
from guiju.organisations.services.roles import give, lock_administrators, refuse_conflicts, refuse_held
from guiju.work.models import Approval
from guiju.work.services.approvals import ask_approval

KIND = "access.emergency"
LASTS = timedelta(hours=1)
SHORTEST_FINDING, LONGEST_FINDING = 4, 200


@transaction.atomic
def ask_emergency_access(*, code: str, reason: str, actor: Member, at: datetime) -> EmergencyAccess:
    """Ask for a role for an hour (申请紧急授权); it counts from the moment another person allows it."""
    require(actor, "emergency.ask", on=actor.entity_id)
    role = Role.objects.filter(code=code, retired_at=None).first()
    if role is None:
        raise Missing("role_missing", "没有这个角色", field="role")
    if role.code in THREE_ADMINISTRATORS:
        raise Refused("administrator_only", "系统、安全、审计管理员的权限不能紧急授予", field="role")
    refuse_conflicts(actor, role)
    refuse_held(actor, role, at=at)
    made = EmergencyAccess(
        id=new_id(),
        entity_id=actor.entity_id,
        member=actor,
        role=role,
        reason=" ".join(reason.split())[:200],
        asked_at=at,
    )
    made.save(force_insert=True)
    ask_approval(
        kind=KIND,
        subject_id=made.pk,
        entity_id=actor.entity_id,
        title=f"{actor.user.name}要紧急使用“{role.name}”一小时",
        reason=reason,
        actor=actor,
        at=at,
    )
    return _recorded(made, Act("access.ask_emergency_access", actor, at, (), made.reason))


def allow_emergency(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when another person allowed it: the role, until an hour from now."""
    found = EmergencyAccess.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
    lock_administrators()
    member = Member.objects.select_related("user").get(pk=found.member_id)
    if member.left_at:
        raise Refused("member_left", f"{member.user.name}已经离开，不能授权")
    refuse_conflicts(member, found.role)
    refuse_held(member, found.role, at=at)
    act = Act("access.allow_emergency_access", actor, at, (), approval.reason)
    found.allowed_by, found.until = actor.user, at + LASTS
    found.save(update_fields=["allowed_by", "until"])
    give(member, found.role, act, until=found.until)
    _recorded(found, act)


def refuse_emergency(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when nobody allowed it."""
    found = EmergencyAccess.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
    found.refused_at = at
    found.save(update_fields=["refused_at"])
    _recorded(found, Act("access.refuse_emergency_access", actor, at))


@transaction.atomic
def review_emergency_access(*, access_id: UUID, finding: str, actor: Member, at: datetime) -> EmergencyAccess:
    """Say afterwards whether it was used rightly (复核紧急授权); neither who used nor who allowed it."""
    found = (
        EmergencyAccess.objects.select_for_update(of=("self",)).select_related("member").filter(pk=access_id).first()
    )
    if found is None:
        raise Missing("emergency_missing", "没有这次紧急授权，或您的角色看不到它")
    require(actor, "emergency.review", on=found.entity_id)
    if found.until is None or found.reviewed_at:
        raise Refused("emergency_reviewed", "这次紧急授权没有批准过，或已经复核")
    if actor.user_id in (found.member.user_id, found.allowed_by_id):
        raise Refused("own_emergency", "使用的人和批准的人不能复核：请另一个人办理")
    if found.until > at:
        raise Refused("emergency_running", "紧急授权还没有到期，到期以后再复核")
    finding = " ".join(finding.split())[:LONGEST_FINDING]
    if len(finding) < SHORTEST_FINDING:
        raise Refused("finding_empty", "请写明复核的结果，例如：只看了所述的那一份合同", field="finding")
    found.reviewed_by, found.reviewed_at, found.finding = actor.user, at, finding
    found.save(update_fields=["reviewed_by", "reviewed_at", "finding"])
    return _recorded(found, Act("access.review_emergency_access", actor, at, (), finding))


def _recorded(found: EmergencyAccess, act: Act) -> EmergencyAccess:
    with scope_with(found.entity_id):
        record(act, entity_id=found.entity_id, subject=found)
    return found
