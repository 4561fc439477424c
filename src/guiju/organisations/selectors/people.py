"""Reads of people: who works where, which tokens they have."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from guiju.database.scope import require_scope, scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Installation, Member, MemberRole, Role, Token, User
from guiju.organisations.permissions import reach_of, require


def memberships_of(user: User) -> list[Member]:
    """Where a user works now, the earliest first, each with its company."""
    with scope(user=user.pk):
        places = list(Member.objects.filter(user=user, left_at=None).values_list("entity_id", flat=True))
        with scope(entities=places, user=user.pk):
            members = Member.objects.filter(user=user, left_at=None).select_related("user", "entity")
            return sorted(members, key=lambda member: (member.joined_at, member.pk))


def tokens_of(member: Member) -> QuerySet[Token]:
    """The live tokens of the member's user, the newest first."""
    require_scope()
    return Token.objects.filter(user_id=member.user_id, revoked_at=None).order_by("-made_at")


def names_of(member_ids: set[UUID]) -> dict[UUID, str]:
    """Names of members in sight, with the company where they work."""
    require_scope()
    members = Member.objects.filter(pk__in=member_ids).select_related("user", "entity")
    return {member.pk: f"{member.user.name}（{member.entity.name}）" for member in members}


def installation() -> Installation | None:
    return Installation.objects.first()


def is_set_up() -> bool:
    """Whether `guiju setup` (or the demo) has made the first three administrators."""
    return Installation.objects.exists()


def holders_of(member: Member, role: Role) -> QuerySet[MemberRole]:
    """Who holds a role now, as far as the member may see people; at most a hundred."""
    require_scope()
    held = MemberRole.objects.filter(role=role, ended_at=None, member__left_at=None)
    if reach_of(member, "member.read") is None:
        return held.none()
    return held.select_related("member__user", "member__entity").order_by("member__entity__name", "pk")[:100]


def member_by_name(asker: Member, username: str, *, company_code: str = "") -> Member:
    """Somebody who works now, by user name; `Missing` when there is none in sight, or several and no company."""
    require(asker, "member.read", on=asker.entity_id)
    require_scope()
    found = Member.objects.filter(user__username=username.strip().casefold(), left_at=None)
    if company_code:
        found = found.filter(entity__unified_code=company_code.strip().upper())
    members = list(found.select_related("user", "entity")[:2])
    if not members:
        raise Missing("member_missing", f"没有用户名为“{username}”的成员，或您的角色看不到", field="member")
    if len(members) > 1:
        raise Missing("member_several", f"“{username}”加入了几家公司：请用 --company 指明哪一家", field="company")
    return members[0]
