"""Roles are set up, changed, granted and withdrawn (角色与授权, 个人信息保护法 第五十一条)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib import resources
from typing import Any
from uuid import UUID

import yaml
from django.db import transaction
from django.db.models import Model

from guiju.database.locks import hold
from guiju.database.models import new_id
from guiju.database.scope import scope_with, scope_with_user
from guiju.evidence.selectors import version_of
from guiju.evidence.services import Act, record, record_founding
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Member, MemberRole, Reach, Role, Token
from guiju.organisations.permissions import require, root_of
from guiju.organisations.registry import (
    BECOMING_ADMINISTRATOR,
    RESERVED,
    RESOURCES,
    RIGHTS,
    THREE_ADMINISTRATORS,
    Treatment,
)
from guiju.organisations.services.substitutes import end_substitutions
from guiju.organisations.services.tokens import end_token

LONGEST_NAME, LONGEST_NOTE = 60, 200
WAIT_SECONDS = 10


@dataclass(frozen=True)
class RoleDetails:
    """A role as it is to be: name, note, right to reach, resource.field to treatment."""

    name: str
    note: str
    rights: Mapping[str, str]
    treatments: Mapping[str, str]


def checked(details: RoleDetails) -> tuple[RoleDetails, list[Problem]]:
    """The details in standard spelling, and everything that is wrong with them."""
    name, note = " ".join(details.name.split()), " ".join(details.note.split())
    problems = []
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        problems.append(Problem("role_name", f"角色名称要填写，最多{LONGEST_NAME}个字", "name"))
    if len(note) > LONGEST_NOTE or not note.isprintable():
        problems.append(Problem("role_note", f"说明最多{LONGEST_NOTE}个字", "note"))
    for right, reach in details.rights.items():
        if right not in RIGHTS:
            problems.append(Problem("right_unknown", f"没有“{right}”这项权限", "rights"))
        elif reach not in Reach.values:
            problems.append(Problem("reach_unknown", f"{RIGHTS[right]}的范围可填：{'、'.join(Reach.labels)}", "rights"))
        elif right in RESERVED:
            holder = "、".join(THREE_ADMINISTRATORS[code] for code in RESERVED[right])
            sentence = f"“{RIGHTS[right]}”只归{holder}：放进别的角色，一个人就能做两个管理员的事"
            problems.append(Problem("right_reserved", sentence, "rights"))
    fields = {f"{resource.code}.{name}" for resource in RESOURCES.values() for name in resource.fields}
    for field, treatment in details.treatments.items():
        if field not in fields:
            problems.append(Problem("field_unknown", f"没有“{field}”这个字段", "treatments"))
        elif treatment not in list(Treatment):
            words = "、".join(one.label for one in Treatment)
            problems.append(Problem("treatment_unknown", f"字段可以：{words}", "treatments"))
    return RoleDetails(name, note, dict(details.rights), dict(details.treatments)), problems


@transaction.atomic
def create_role(*, details: RoleDetails, actor: Member, at: datetime) -> Role:
    """Set up a role (设立角色); raises `Refused` with every problem at once, or `NotAllowed`."""
    root = root_of(actor.entity_id)
    require(actor, "role.change", on=root)
    details, problems = checked(details)
    problems += _name_taken(details.name)
    if problems:
        raise Refused.because(problems)
    role = Role(
        code=f"role_{secrets.token_hex(6)}",
        name=details.name,
        note=details.note,
        rights=details.rights,
        treatments=details.treatments,
    )
    role.save(force_insert=True)
    _record(Act("organisations.create_role", actor, at), root, role)
    return role


@transaction.atomic
def change_role(
    *, code: str, details: RoleDetails, reason: str, actor: Member, at: datetime, seen: int | None = None
) -> Role:
    """Change a role and with it the rights of all who hold it (修改角色)."""
    root = root_of(actor.entity_id)
    require(actor, "role.change", on=root)
    role = _locked(code)
    if role.is_ready_made:
        raise Refused("role_ready_made", f"“{role.name}”随程序提供，不能修改：请以它为样本另设一个角色")
    with scope_with(root):
        if seen is not None and version_of(role) != seen:
            raise Refused("changed_meanwhile", "这个角色刚刚被别人改过：请刷新页面，看过新的内容再改")
    if MemberRole.objects.filter(role=role, ended_at=None, member__user_id=actor.user_id).exists():
        raise Refused("own_role", "您自己有这个角色，不能由您修改：请另一位安全管理员办理")
    details, problems = checked(details)
    problems += _name_taken(details.name, but=role)
    reason = " ".join(reason.split())[:LONGEST_NOTE]
    if not reason:
        problems.append(Problem("reason_empty", "请写明修改的原因", "reason"))
    if problems:
        raise Refused.because(problems)
    role.name, role.note = details.name, details.note
    role.rights, role.treatments = dict(details.rights), dict(details.treatments)
    role.save(update_fields=["name", "note", "rights", "treatments"])
    _record(Act("organisations.change_role", actor, at, (), reason), root, role)
    return role


@transaction.atomic
def retire_role(*, code: str, actor: Member, at: datetime) -> Role:
    """Take a role that nobody holds out of use (停用角色)."""
    root = root_of(actor.entity_id)
    require(actor, "role.change", on=root)
    role = _locked(code)
    if role.is_ready_made:
        raise Refused("role_ready_made", f"“{role.name}”随程序提供，不能停用")
    held = MemberRole.objects.filter(role=role, ended_at=None).count()
    if held:
        raise Refused("role_held", f"还有{held}人有“{role.name}”这个角色：请先收回")
    role.retired_at = at
    role.save(update_fields=["retired_at"])
    _record(Act("organisations.retire_role", actor, at), root, role)
    return role


@transaction.atomic
def grant_role(*, member: Member, code: str, actor: Member, at: datetime) -> MemberRole:
    """Give a member a role (授权); never to oneself, and never what makes two administrators one person."""
    require(actor, "role.grant", on=member.entity_id)
    _not_oneself(member, actor)
    lock_administrators()
    role = _locked(code)
    if member.left_at:
        raise Refused("member_left", f"{member.user.name}已经离开，不能授权")
    if role.code in THREE_ADMINISTRATORS and not member.user.has_usable_password():
        raise Refused(
            "administrator_password",
            f"{member.user.name}还没有本机口令：管理员用本机口令登录，请先激活账号",
            field="role",
        )
    refuse_conflicts(member, role)
    refuse_held(member, role, at=at)
    return give(member, role, Act("organisations.grant_role", actor, at))


@transaction.atomic
def withdraw_role(*, member: Member, code: str, actor: Member, at: datetime) -> MemberRole:
    """Take a role from a member (收回角色); the last of each administrator stays."""
    require(actor, "role.grant", on=member.entity_id)
    _not_oneself(member, actor)
    lock_administrators()
    held = MemberRole.objects.select_for_update().filter(member=member, role_id=code, ended_at=None).first()
    if held is None:
        raise Missing("role_not_held", f"{member.user.name}没有这个角色")
    refuse_last_administrator(member, {code})
    return end_grant(held, Act("organisations.withdraw_role", actor, at))


def refuse_held(member: Member, role: Role, *, at: datetime) -> None:
    """Nobody gets a role twice; a grant whose time is over is ended to make way."""
    held = MemberRole.objects.select_for_update().filter(member=member, role=role, ended_at=None).first()
    if held is not None and held.until and held.until <= at:
        end_grant(held, Act("organisations.withdraw_role", None, at, (), "临时授权到期"))
    elif held is not None:
        raise Refused("role_held", f"{member.user.name}已经有“{role.name}”这个角色", field="role")


def give(member: Member, role: Role, act: Act, *, until: datetime | None = None) -> MemberRole:
    """Write a grant and its entry; for services that have asked permission.

    Who becomes one of the three begins anew: sessions, tokens and other ways in were got as somebody
    of whom less was asked, and nobody stands in for them or they for others.
    """
    if role.code in THREE_ADMINISTRATORS:
        with scope_with_user(member.user_id):
            for place in Member.objects.filter(user_id=member.user_id, left_at=None):
                end_substitutions(place, act)
        for token in Token.objects.select_for_update().filter(user_id=member.user_id, revoked_at=None):
            end_token(token, act)
        for end in BECOMING_ADMINISTRATOR:
            end(member.user, act.at)
    held = MemberRole(id=new_id(), entity_id=member.entity_id, member=member, role=role, until=until)
    held.save(force_insert=True)
    _record(act, member.entity_id, held)
    return held


def end_grant(held: MemberRole, act: Act) -> MemberRole:
    """Write the end of a grant and its entry; for services that have asked permission."""
    held.ended_at = act.at
    held.save(update_fields=["ended_at"])
    _record(act, held.entity_id, held)
    return held


def lock_administrators() -> None:
    """One change of who holds what after the other: two at once could each leave the other's last one.

    Raises `Refused` after waiting a while: a long list of people holds the lock until it is through.
    """
    sentence = "正在执行人员名单，暂时不能改动角色：请稍候再试"
    hold("organisations.grant_role", seconds=WAIT_SECONDS, busy=sentence)


def refuse_conflicts(member: Member, role: Role) -> None:
    """The three administrators are three people, and none of them does business."""
    with scope_with_user(member.user_id):
        held = set(
            Role.objects.filter(
                memberrole__member__user_id=member.user_id,
                memberrole__ended_at=None,
                memberrole__member__left_at=None,
            ).values_list("code", flat=True)
        )
    after = held | {role.code}
    administrators = after & THREE_ADMINISTRATORS.keys()
    if len(administrators) > 1:
        raise Refused("three_administrators", "系统、安全、审计三个管理员不能由一人兼任", field="role")
    if administrators and after - administrators:
        raise Refused(
            "administrator_only",
            f"{THREE_ADMINISTRATORS[next(iter(administrators))]}看不到业务数据，不能兼任别的角色：请另设一个人",
            field="role",
        )


def refuse_last_administrator(member: Member, codes: set[str]) -> None:
    """Each of the three has at least one holder who can sign in."""
    for code in codes & THREE_ADMINISTRATORS.keys():
        others = MemberRole.objects.filter(
            role_id=code, ended_at=None, member__left_at=None, member__user__is_active=True
        ).exclude(member__user_id=member.user_id)
        if not others.exists():
            raise Refused(
                "last_administrator",
                f"{member.user.name}是最后一个{THREE_ADMINISTRATORS[code]}：请先让另一人担任",
            )


def _not_oneself(member: Member, actor: Member) -> None:
    if member.user_id == actor.user_id:
        raise Refused("own_roles", "不能给自己授权，也不能收回自己的角色：请另一位安全管理员办理", field="role")


def _locked(code: str) -> Role:
    role = Role.objects.select_for_update().filter(code=code, retired_at=None).first()
    if role is None:
        raise Missing("role_missing", f"没有这个角色：{code}", field="role")
    return role


def _name_taken(name: str, *, but: Role | None = None) -> list[Problem]:
    others = Role.objects.filter(name=name, retired_at=None)
    if (others.exclude(pk=but.pk) if but else others).exists():
        return [Problem("role_name_taken", f"已经有叫“{name}”的角色", "name")]
    return []


def _record(act: Act, entity_id: Any, subject: Model) -> None:
    # The log of the company is in sight for this write only; its business rows stay out of reach.
    with scope_with(entity_id):
        record(act, entity_id=entity_id, subject=subject)


def ready_made_roles() -> list[Role]:
    """The roles of roles.yaml, not yet written."""
    text = resources.files("guiju.organisations").joinpath("roles.yaml").read_text("utf-8")
    listed: list[dict[str, Any]] = yaml.safe_load(text)
    return [
        Role(
            code=entry["code"],
            name=entry["name"],
            note=entry["note"],
            rights=entry["rights"],
            treatments=entry.get("treatments", {}),
            is_ready_made=True,
        )
        for entry in listed
    ]


@transaction.atomic
def install_roles(*, root: UUID, at: datetime) -> None:
    """Write the ready-made roles as they are in this version of the program, each change with its entry."""
    act = Act("organisations.install_role", None, at)
    with scope_with(root):
        known = {role.code: role for role in Role.objects.select_for_update().all()}
        fresh = []
        for wanted in ready_made_roles():
            role = known.get(wanted.code)
            if (
                role is not None
                and version_of(role)
                and all(getattr(role, name) == getattr(wanted, name) for name in _COMPARED)
            ):
                continue
            _make_room(wanted, root=root, at=at)
            if role is None:
                fresh.append(wanted)
                continue
            for name in _COMPARED:
                setattr(role, name, getattr(wanted, name))
            role.save()
            record(act, entity_id=root, subject=role)
        Role.objects.bulk_create(fresh)
        record_founding(act, subjects=((root, role) for role in fresh))


def _make_room(wanted: Role, *, root: UUID, at: datetime) -> None:
    """An own role that bears the name of a ready-made one keeps its holders and gets a name beside it."""
    for other in Role.objects.filter(name=wanted.name, retired_at=None).exclude(code=wanted.code):
        other.name = f"{other.name[: LONGEST_NAME - 14]}（{other.code[-12:]}）"
        other.save(update_fields=["name"])
        record(Act("organisations.install_role", None, at), entity_id=root, subject=other)


_COMPARED = ("name", "note", "rights", "treatments", "is_ready_made")
