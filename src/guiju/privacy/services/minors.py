"""Whoever wants to see minors' information asks first (访问未成年人信息的审批, 未成年人网络保护条例 第三十六条)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, require
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import MinorAccess, Subject
from guiju.work.models import Approval
from guiju.work.services.approvals import SHORTEST_REASON, ask_approval

KIND = "privacy.minor_access"
LONGEST, LONGEST_FOR_ALL = timedelta(days=92), timedelta(days=31)
"""House figures: of one person as long as a course, of all whom somebody sees a month at a time."""

LONGEST_REASON = 200


@transaction.atomic
def ask_minor_access(
    *, subject_id: UUID | None, purpose: str, until: date, reason: str, actor: Member, at: datetime
) -> MinorAccess:
    """Ask to see one minor in the clear, or all whom one sees (申请查看未成年人信息), for a purpose and until a day."""
    require(actor, "minor.ask", on=actor.entity_id)
    if purpose not in PURPOSES:
        raise Refused("purpose_unknown", "请选择用于什么", field="purpose")
    longest = LONGEST_FOR_ALL if subject_id is None else LONGEST
    if until < day_of(at):
        raise Refused("until_past", "到期的日子已经过去", field="until")
    if until > day_of(at) + longest:
        raise Refused("until_far", f"最多{longest.days}天（内部规则，非法定）", field="until")
    if subject_id is not None and not Subject.objects.filter(pk=subject_id, entity_id=actor.entity_id).exists():
        raise Missing("subject_missing", "没有这位客户，或您的角色看不到")
    reason = " ".join(reason.replace("\x00", "").split())[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise Refused("reason_empty", f"请写明为什么要看，至少{SHORTEST_REASON}个字", field="reason")
    _refuse_asked(actor, subject_id, purpose, at)
    made = MinorAccess(
        id=new_id(),
        entity_id=actor.entity_id,
        member=actor,
        subject_id=subject_id,
        purpose=purpose,
        reason=reason,
        asked_at=at,
        until=until,
    )
    made.save(force_insert=True)
    ask_approval(
        kind=KIND,
        subject_id=made.pk,
        entity_id=actor.entity_id,
        title=f"{actor.user.name}查看{'一位未成年人' if subject_id else '看得到的全部未成年人'}，"
        f"用于{PURPOSES[purpose]}，到{until:%Y-%m-%d}",
        reason=reason,
        actor=actor,
        at=at,
    )
    return _recorded(made, Act("privacy.ask_minor_access", actor, at, (), reason))


def _refuse_asked(actor: Member, subject_id: UUID | None, purpose: str, at: datetime) -> None:
    of_whom = Q(subject=None) if subject_id is None else Q(subject_id=subject_id)
    same = MinorAccess.objects.filter(
        of_whom, member=actor, purpose=purpose, until__gte=day_of(at), refused_at=None, ended_at=None
    )
    if found := same.first():
        told = "已经批准，现在就可以看" if found.allowed_at else "已经申请过，正在等待批准"
        raise Refused("asked_already", told)


def allow_minor_access(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when the officer allowed it: from now on, to the end of the day asked for."""
    with scope_with(approval.entity_id):
        found = MinorAccess.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
        found.allowed_by, found.allowed_at = actor.user, at
        found.save(update_fields=["allowed_by", "allowed_at"])
        _recorded(found, Act("privacy.allow_minor_access", actor, at, (), approval.reason))


def refuse_minor_access(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when nobody allowed it."""
    with scope_with(approval.entity_id):
        found = MinorAccess.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
        found.refused_at = at
        found.save(update_fields=["refused_at"])
        _recorded(found, Act("privacy.refuse_minor_access", actor, at))


@transaction.atomic
def end_minor_access(*, access_id: UUID, actor: Member, at: datetime) -> MinorAccess:
    """Take it back before its day (收回查看); by who decides about it, or by who holds it."""
    found = MinorAccess.objects.select_for_update(of=("self",)).filter(pk=access_id).first()
    if found is None:
        raise Missing("access_missing", "没有这项批准，或您的角色看不到它")
    if found.member_id != actor.pk and not allows(actor, "minor.decide", on=found.entity_id):
        require(actor, "minor.decide", on=found.entity_id)
    if found.allowed_at is None or found.ended_at or found.until < day_of(at):
        raise Refused("access_over", "这项批准没有在生效，不用收回")
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    return _recorded(found, Act("privacy.end_minor_access", actor, at))


def end_every_minor_access(entity_id: UUID, act: Act) -> int:
    """End all that a company has approved (恢复后重新申请): after a restore nobody knows what was taken back since."""
    rows = MinorAccess.objects.select_for_update(of=("self",)).filter(
        entity_id=entity_id, allowed_at__isnull=False, ended_at=None, until__gte=day_of(act.at)
    )
    found = list(rows.order_by("pk"))
    for one in found:
        one.ended_at = act.at
        one.save(update_fields=["ended_at"])
        _recorded(one, act)
    return len(found)


def _recorded(found: MinorAccess, act: Act) -> MinorAccess:
    record(act, entity_id=found.entity_id, subject=found)
    return found
