"""The first write of an installation: the group, its roles, and three administrators (初始设置)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.errors import Refused
from guiju.organisations.models import Entity, Installation, Role
from guiju.organisations.registry import THREE_ADMINISTRATORS
from guiju.organisations.services.companies import CompanyDetails, checked, company_of, found_company
from guiju.organisations.services.people import make_user, place_member
from guiju.organisations.services.roles import give, install_roles


@dataclass(frozen=True)
class Administrator:
    """One of the three: role code, user name, the person's name, first password."""

    role: str
    username: str
    name: str
    password: str


@transaction.atomic
def set_up(
    *, instance: UUID, kind: str, group: CompanyDetails, administrators: Sequence[Administrator], at: datetime
) -> Entity:
    """Found the group company with three named administrators, only while there are none (初始设置)."""
    if Installation.objects.exists():
        raise Refused("already_set_up", "已经完成过初始设置：三个管理员已在，账号请由系统管理员办理")
    _check(administrators)
    group, problems = checked(group)
    if problems:
        raise Refused.because(problems)
    Installation.objects.create(instance=instance, kind=kind, made_at=at)
    company = company_of(group, at=at)
    with scope(entities={company.pk}, trees={company.pk}):
        found_company(company, act := Act("organisations.set_up", None, at))
        install_roles(root=company.pk, at=at)
        for person in administrators:
            user = make_user(username=person.username, name=person.name, password=person.password, at=at)
            member = place_member(company=company, user=user, act=act)
            give(member, Role.objects.get(code=person.role), act)
    return company


def _check(administrators: Sequence[Administrator]) -> None:
    if {person.role for person in administrators} != THREE_ADMINISTRATORS.keys() or len(administrators) != 3:
        raise Refused("three_administrators", "需要系统、安全、审计三个管理员，每人一名")
    if len({person.username.strip().casefold() for person in administrators}) != 3:
        raise Refused("three_administrators", "三个管理员必须是三个不同的人，用户名不能相同")
