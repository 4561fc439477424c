"""What a member's roles let them do (权限): one function for selectors, services and screens."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from guiju.kernel.errors import NotAllowed
from guiju.organisations.models import EntityPath, Grant, Member, Reach, Role

_WIDER = {Reach.OWN: 0, Reach.SUBTREE: 1, Reach.GROUP: 2}

ACTIONS = {
    "company.read": "查看公司",
    "company.register": "登记公司",
    "company.change": "修改公司的登记信息",
    "company.import": "导入公司",
    "company.export": "导出公司名录",
    "company.history": "查看公司的修改历史",
    "member.read": "查看成员",
    "member.add": "加入成员并授权",
    "text.review": "审查文本",
    "own_word.propose": "提出或撤回本公司用语",
    "own_word.decide": "决定本公司用语",
}
"""Every right there is, resource.action, in the words that refusals and the matrix use."""


def rights_of(member: Member) -> Mapping[str, Reach]:
    """The widest reach of each right over all roles of a member; read once per instance."""
    known: dict[str, Reach] | None = member.__dict__.get("_rights")
    if known is None:
        known = {}
        for grant in Grant.objects.filter(role__memberrole__member=member):
            right, reach = f"{grant.resource}.{grant.action}", Reach(grant.reach)
            if right not in known or _WIDER[reach] > _WIDER[known[right]]:
                known[right] = reach
        member.__dict__["_rights"] = known
    return known


def allows(member: Member, right: str, *, on: UUID) -> bool:
    """Whether a right covers a company (the member's own, one below it, any of the group)."""
    if right not in ACTIONS:
        raise ValueError(f"no such right: {right}")
    reach = rights_of(member).get(right)
    if reach is None:
        return False
    if reach is Reach.GROUP or on == member.entity_id:
        return True
    return reach is Reach.SUBTREE and EntityPath.objects.filter(ancestor_id=member.entity_id, descendant_id=on).exists()


def require(member: Member, right: str, *, on: UUID) -> None:
    """Raise `NotAllowed`, which says who could do it, unless the right covers the company."""
    if allows(member, right, on=on):
        return
    resource, action = right.split(".")
    holders = Role.objects.filter(grants__resource=resource, grants__action=action).order_by("code")
    names = "、".join(role.name for role in holders)
    raise NotAllowed(
        "not_allowed",
        f"您的角色不能{ACTIONS[right]}" + (f"：可请{names}办理" if names else ""),
    )


def trees_of(member: Member) -> frozenset[UUID]:
    """The companies whose structure is in sight for a member, as roots of their trees."""
    reach = rights_of(member).get("company.read")
    if reach is Reach.GROUP:
        root = EntityPath.objects.filter(descendant_id=member.entity_id).order_by("-depth").first()
        return frozenset({root.ancestor_id}) if root else frozenset()
    return frozenset({member.entity_id}) if reach is Reach.SUBTREE else frozenset()
