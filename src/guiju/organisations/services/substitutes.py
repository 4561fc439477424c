"""Somebody does an absent member's work for some days (代理)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Member, MemberRole, Substitute
from guiju.organisations.permissions import require
from guiju.organisations.registry import THREE_ADMINISTRATORS

LONGEST = timedelta(days=92)
LONGEST_REASON = 200


@dataclass(frozen=True)
class Absence:
    """From which day to which somebody is away, and why."""

    since: date
    until: date
    reason: str


@transaction.atomic
def name_substitute(*, member: Member, substitute: Member, absence: Absence, actor: Member, at: datetime) -> Substitute:
    """Let a member of the same company stand in for another (安排代理): with the same rights, for these days.

    The absent person may arrange it, or who has the right to. Administrators stand in for nobody and
    nobody for them: three people would be two (三员分立).
    """
    if actor.pk != member.pk:
        require(actor, "member.substitute", on=member.entity_id)
    reason = " ".join(absence.reason.split())[:LONGEST_REASON]
    problems = []
    if not reason:
        problems.append(Problem("reason_empty", "请写明事由，例如：年假", "reason"))
    if not absence.since <= absence.until or absence.until < day_of(at):
        problems.append(
            Problem("substitute_period", "代理的日期不对：截止日期要在开始日期之后，也不能已经过去", "until")
        )
    elif absence.until - absence.since > LONGEST:
        problems.append(Problem("substitute_long", f"一次最多代理{LONGEST.days}天：更久的请直接授予角色", "until"))
    if substitute.entity_id != member.entity_id or substitute.left_at or member.left_at:
        problems.append(Problem("substitute_company", "代理人要是同一家公司的在职成员", "substitute"))
    elif substitute.user_id == member.user_id:
        problems.append(Problem("substitute_self", "代理人不能是本人", "substitute"))
    else:
        for one in (member, substitute):
            if _is_administrator(one):
                sentence = f"{one.user.name}是系统、安全、审计管理员之一：三员不能代理，也不能由人代理"
                problems.append(Problem("administrator_only", sentence, "substitute"))
    if problems:
        raise Refused.because(problems)
    made = Substitute(
        id=new_id(),
        entity_id=member.entity_id,
        member=member,
        substitute=substitute,
        since=absence.since,
        until=absence.until,
        reason=reason,
    )
    made.save(force_insert=True)
    return _recorded(made, Act("organisations.name_substitute", actor, at, (), reason))


@transaction.atomic
def end_substitute(*, substitute_id: UUID, actor: Member, at: datetime) -> Substitute:
    """End a substitution before its time (提前结束代理)."""
    found = Substitute.objects.select_for_update(of=("self",)).filter(pk=substitute_id, ended_at=None).first()
    if found is None:
        raise Missing("substitute_missing", "没有这项代理，或它已经结束")
    if actor.pk not in (found.member_id, found.substitute_id):
        require(actor, "member.substitute", on=found.entity_id)
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    return _recorded(found, Act("organisations.end_substitute", actor, at))


def end_substitutions(member: Member, act: Act) -> None:
    """End all in which a member stands in or is stood in for; for services that have asked permission."""
    theirs = Q(member=member) | Q(substitute=member)
    for one in Substitute.objects.select_for_update(of=("self",)).filter(theirs, ended_at=None):
        one.ended_at = act.at
        one.save(update_fields=["ended_at"])
        _recorded(one, act)


def _is_administrator(member: Member) -> bool:
    held = MemberRole.objects.filter(member=member, ended_at=None, role__in=THREE_ADMINISTRATORS.keys())
    return held.exists()


def _recorded(found: Substitute, act: Act) -> Substitute:
    with scope_with(found.entity_id):
        record(act, entity_id=found.entity_id, subject=found)
    return found
