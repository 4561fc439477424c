"""Reads of people: who works where, which tokens they have."""

from __future__ import annotations

from uuid import UUID

from django.db.models import QuerySet

from guiju.database.scope import require_scope, scope
from guiju.organisations.models import Installation, Member, Token, User


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
