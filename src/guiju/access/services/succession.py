"""The last administrator of a kind is gone and can't hand over: two of the other kinds let somebody take over (接任)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guiju.access.models import Succession
from guiju.accounts.services.sessions import close_sessions
from guiju.database.models import new_id
from guiju.database.scope import scope_with, scope_with_user
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member, MemberRole, Role, Token
from guiju.organisations.permissions import require, roles_of
from guiju.organisations.registry import THREE_ADMINISTRATORS
from guiju.organisations.services.roles import end_grant, give, lock_administrators, refuse_conflicts
from guiju.organisations.services.tokens import end_token
from guiju.work.models import Approval
from guiju.work.services.approvals import ask_approval

KIND = "access.succession"


@transaction.atomic
def ask_succession(*, code: str, successor: Member, reason: str, actor: Member, at: datetime) -> Succession:
    """Ask that somebody takes over from the only administrator of a kind (申请接任管理员).

    The other of the two remaining kinds has to agree; whoever is replaced may still refuse.
    """
    require(actor, "administrator.replace", on=actor.entity_id)
    lock_administrators()
    own = _kind_of(actor)
    if code not in THREE_ADMINISTRATORS:
        raise Missing("role_missing", "请选择系统、安全或审计管理员", field="role")
    if code == own:
        raise Refused("succession_own_kind", f"您就是{THREE_ADMINISTRATORS[code]}：请另外两个管理员办理", field="role")
    leaving = _only_holder(code)
    _refuse_successor(successor, leaving, actor)
    made = Succession(
        id=new_id(),
        entity_id=leaving.entity_id,
        role=Role.objects.get(code=code),
        leaving=leaving,
        successor=successor,
        reason=" ".join(reason.split())[:200],
        asked_in=own,
        asked_at=at,
    )
    made.save(force_insert=True)
    ask_approval(
        kind=KIND,
        subject_id=made.pk,
        entity_id=leaving.entity_id,
        title=f"{successor.user.name}接任{THREE_ADMINISTRATORS[code]}，原来是{leaving.user.name}",
        reason=reason,
        actor=actor,
        at=at,
    )
    return _recorded(made, Act("access.ask_succession", actor, at, (), made.reason))


def allow_succession(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows from the consent: the successor has this role and no other, the one before has it no more."""
    found = Succession.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
    lock_administrators()
    code = found.role_id
    if _kind_of(actor) in (code, found.asked_in):
        third = next(name for one, name in THREE_ADMINISTRATORS.items() if one not in (code, found.asked_in))
        raise Refused("succession_same_kind", f"要由{third}同意：申请和同意是两种管理员的两个人")
    asker = Member.objects.select_related("user").get(pk=approval.asked_by_id)
    if _kind_of(asker) != found.asked_in or asker.left_at or not asker.user.is_active:
        raise Refused("succession_asker", "申请的人已不是管理员：请重新申请")
    leaving = _only_holder(code)
    successor = Member.objects.select_related("user").get(pk=found.successor_id)
    if leaving.pk != found.leaving_id:
        raise Refused("succession_over", f"{THREE_ADMINISTRATORS[code]}已经换了人，不用再接任")
    if actor.user_id == successor.user_id:
        raise Refused("own_roles", "接任的人不能自己同意")
    _refuse_successor(successor, leaving, actor)
    act = Act("access.allow_succession", actor, at, (), approval.reason)
    _end_everything(leaving, code, act)
    with scope_with_user(successor.user_id):
        for held in MemberRole.objects.select_for_update().filter(member__user_id=successor.user_id, ended_at=None):
            end_grant(held, act)
    refuse_conflicts(successor, found.role)
    give(successor, found.role, act)
    found.allowed_by, found.done_at = actor.user, at
    found.save(update_fields=["allowed_by", "done_at"])
    _recorded(found, act)


def refuse_succession(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when it was refused, by the one who was to be replaced too."""
    found = Succession.objects.select_for_update(of=("self",)).get(pk=approval.subject_id)
    found.refused_at = at
    found.save(update_fields=["refused_at"])
    _recorded(found, Act("access.refuse_succession", actor, at))


def _end_everything(leaving: Member, code: str, act: Act) -> None:
    """The role, the sessions and the tokens of who is replaced; their place stays, to be ended by the ordinary way."""
    for held in MemberRole.objects.select_for_update().filter(member=leaving, role_id=code, ended_at=None):
        end_grant(held, act)
    for token in Token.objects.select_for_update().filter(user_id=leaving.user_id, revoked_at=None):
        end_token(token, act)
    close_sessions(leaving.user)


def _kind_of(actor: Member) -> str:
    return next((role.code for role in roles_of(actor) if role.code in THREE_ADMINISTRATORS), "")


def _only_holder(code: str) -> Member:
    holders = list(
        Member.objects.filter(held__role_id=code, held__ended_at=None, left_at=None, user__is_active=True)
        .select_related("user")
        .distinct()
    )
    if len(holders) != 1:
        names = "、".join(one.user.name for one in holders)
        raise Refused("succession_not_last", f"{THREE_ADMINISTRATORS[code]}还有{names}：请他们办理", field="role")
    return holders[0]


def _refuse_successor(successor: Member, leaving: Member, actor: Member) -> None:
    if successor.left_at or successor.entity_id != leaving.entity_id or not successor.user.is_active:
        raise Refused("successor_company", "接任的人要是同一家公司的在职成员", field="successor")
    if successor.user_id in (actor.user_id, leaving.user_id):
        raise Refused("own_roles", "接任的人不能是申请人或原来的人", field="successor")
    if not successor.user.has_usable_password():
        raise Refused(
            "successor_inactive", f"{successor.user.name}还没有设口令，登录不了：请换一个人", field="successor"
        )
    with scope_with_user(successor.user_id):
        held = MemberRole.objects.filter(member__user_id=successor.user_id, ended_at=None)
        is_administrator = held.filter(role_id__in=THREE_ADMINISTRATORS).exists()
    if is_administrator:
        raise Refused("three_administrators", "系统、安全、审计三个管理员不能由一人兼任", field="successor")


def _recorded(found: Succession, act: Act) -> Succession:
    with scope_with(found.entity_id):
        record(act, entity_id=found.entity_id, subject=found)
    return found
