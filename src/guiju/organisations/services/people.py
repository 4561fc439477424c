"""People come into a company (成员)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Refused
from guiju.organisations.models import Department, Entity, Member, MemberRole, Role, User

THREE_ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
"""三员: no person holds two of them."""


def make_user(*, username: str, name: str, password: str, at: datetime) -> User:
    """A person who can sign in; the caller has checked the password's strength."""
    user = User(id=new_id(), username=username.casefold(), name=name, made_at=at)
    user.set_password(password)
    user.save(force_insert=True)
    return user


@transaction.atomic
def add_member(
    *,
    company: Entity,
    user: User,
    roles: Iterable[str],
    actor: Member | None,
    at: datetime,
    title: str = "",
    department: Department | None = None,
) -> Member:
    """Give a user a place in a company and roles there (加入成员); `actor` None only while setting up."""
    roles = sorted(set(roles))
    if len(THREE_ADMINISTRATORS & set(roles)) > 1:
        raise Refused("three_administrators", "系统、安全、审计三个管理员不能由一人兼任", field="roles")
    member = Member(id=new_id(), entity=company, user=user, department=department, title=title, joined_at=at)
    member.save(force_insert=True)
    held = [
        MemberRole(id=new_id(), entity=company, member=member, role=role)
        for role in Role.objects.filter(code__in=roles)
    ]
    # The log of the company is in sight for this write only; its business rows stay out of reach.
    with scope_with(company.pk):
        record(Act("organisations.add_member", actor, at), entity_id=company.pk, subject=member)
        for one in held:
            one.save(force_insert=True)
            record(Act("organisations.grant_role", actor, at), entity_id=company.pk, subject=one)
    return member
