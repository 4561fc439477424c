"""Groups of the directory that stand for roles (组与角色): set once by the security administrator."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.directory.models import GroupGrant, GroupRole
from guiju.directory.texts import is_dn, plain_group
from guiju.evidence.services import Act, record
from guiju.kernel.errors import GuijuError, Missing, Problem, Refused
from guiju.organisations.models import Entity, EntityPath, Member, MemberRole, Role
from guiju.organisations.permissions import require
from guiju.organisations.registry import THREE_ADMINISTRATORS
from guiju.organisations.services.roles import end_grant, give, lock_administrators, refuse_conflicts, refuse_held

LONGEST_GROUP = 200
NOT_GRANTED = "没有授予"


@transaction.atomic
def map_group(*, company: Entity, group: str, code: str, actor: Member, at: datetime) -> GroupRole:
    """Let a group of the directory stand for a role (设定组与角色), in a company and those below it.

    Takes effect when a person of the group signs in by the identity provider, or at the next sync.
    """
    require(actor, "directory.map", on=company.pk)
    group = plain_group(group)
    problems = []
    if not group or len(group) > LONGEST_GROUP or not group.isprintable():
        problems.append(Problem("group_name", f"组的名称要填写，最多{LONGEST_GROUP}个字", "group"))
    role = Role.objects.filter(code=code, retired_at=None).first()
    if role is None:
        problems.append(Problem("role_missing", "没有这个角色", "role"))
    elif code in THREE_ADMINISTRATORS:
        sentence = f"{role.name}不能按组授予：管目录的人就能自己当管理员"
        problems.append(Problem("group_administrator", sentence, "role"))
    if GroupRole.objects.filter(entity=company, group=group, role_id=code, ended_at=None).exists():
        problems.append(Problem("group_twice", "这一组已经对应这个角色", "group"))
    if problems:
        raise Refused.because(problems)
    made = GroupRole(id=new_id(), entity=company, group=group, role_id=code, made_by=actor.user, made_at=at)
    made.save(force_insert=True)
    return _recorded(made, Act("directory.map_group", actor, at))


@transaction.atomic
def unmap_group(*, mapping_id: UUID, actor: Member, at: datetime) -> GroupRole:
    """Let a group stand for a role no more (取消组与角色); what it brought ends at once."""
    found = GroupRole.objects.select_for_update(of=("self",)).filter(pk=mapping_id, ended_at=None).first()
    if found is None:
        raise Missing("group_role_missing", "没有这一条对应关系，或它已经取消")
    require(actor, "directory.map", on=found.entity_id)
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    lock_administrators()
    for one in GroupGrant.objects.filter(mapping_id=found.pk, held__ended_at=None).select_related("held__role"):
        _take_back(one, Act("directory.end_group_grant", actor, at, (), f"组 {found.group} 不再对应这个角色"))
    return _recorded(found, Act("directory.unmap_group", actor, at))


def _recorded(mapping: GroupRole, act: Act) -> GroupRole:
    with scope_with(mapping.entity_id):
        record(act, entity_id=mapping.entity_id, subject=mapping)
    return mapping


@transaction.atomic
def settle_groups(*, member: Member, groups: Iterable[str], by_directory: bool, at: datetime) -> tuple[str, ...]:
    """Give a member the roles of their groups and end those of groups they left; returns what changed, in words.

    The directory's groups and the provider's are apart: each settles its own. What was granted by
    hand stays, and what a person withdrew doesn't come back by the same mapping. A role that can't be
    joined with what the member has is left out and told; whoever set a mapping gets nothing by it.
    """
    inside = {plain_group(one) for one in groups}
    above = EntityPath.objects.filter(descendant_id=member.entity_id).values("ancestor_id")
    known = GroupRole.objects.filter(entity__in=above, ended_at=None, group__in=inside, role__retired_at=None)
    taken = GroupGrant.objects.filter(held__member=member, held__ended_at__isnull=False, ended_at=None)
    known = known.exclude(made_by_id=member.user_id).exclude(pk__in=taken.values("mapping_id"))
    wanted: dict[str, GroupRole] = {}
    for mapping in known.select_related("role", "made_by").order_by("made_at", "pk"):
        if is_dn(mapping.group) is by_directory:
            wanted.setdefault(mapping.role_id, mapping)
    grants = [
        one
        for one in GroupGrant.objects.filter(held__member=member, held__ended_at=None).select_related("held__role")
        if is_dn(one.group) is by_directory
    ]
    in_force = MemberRole.objects.filter(Q(until=None) | Q(until__gt=at), member=member, ended_at=None)
    held = set(in_force.values_list("role_id", flat=True))
    if wanted.keys() <= held and all(one.held.role_id in wanted for one in grants):
        return ()
    lock_administrators()
    words = []
    for one in grants:
        if one.held.role_id not in wanted:
            _take_back(one, Act("directory.end_group_grant", None, at, (), "目录里已不在对应的组"))
            words.append(f"收回角色 {one.held.role.name}")
    words += [_granted(member, mapping, at) for code, mapping in wanted.items() if code not in held]
    return tuple(words)


def _take_back(grant: GroupGrant, act: Act) -> None:
    grant.ended_at = act.at
    grant.save(update_fields=["ended_at"])
    end_grant(grant.held, act)


def _granted(member: Member, mapping: GroupRole, at: datetime) -> str:
    act = Act("directory.grant_by_group", None, at, (), f"组 {mapping.group}，{mapping.made_by.name}设定")
    try:
        refuse_conflicts(member, mapping.role)
        refuse_held(member, mapping.role, at=at)
    except GuijuError as error:
        return f"{NOT_GRANTED} {mapping.role.name}：{error.sentence}"
    given = give(member, mapping.role, act)
    GroupGrant.objects.create(
        id=new_id(), entity_id=member.entity_id, held=given, mapping_id=mapping.pk, group=mapping.group, made_at=at
    )
    return f"授予角色 {mapping.role.name}"
