"""The first write of an installation: the group, its roles, and three administrators (初始设置)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from importlib import resources
from operator import or_
from typing import Any
from uuid import UUID

import yaml
from django.db import transaction
from django.db.models import Q

from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.errors import Refused
from guiju.organisations.models import Entity, Grant, Installation, Reach, Role
from guiju.organisations.services.companies import CompanyDetails, checked, company_of, found_company
from guiju.organisations.services.people import THREE_ADMINISTRATORS, add_member, make_user


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
    install_roles()
    company = company_of(group, at=at)
    with scope(entities={company.pk}, trees={company.pk}):
        found_company(company, Act("organisations.set_up", None, at))
        for person in administrators:
            user = make_user(username=person.username, name=person.name, password=person.password, at=at)
            add_member(company=company, user=user, roles=[person.role], actor=None, at=at)
    return company


def _check(administrators: Sequence[Administrator]) -> None:
    if {person.role for person in administrators} != THREE_ADMINISTRATORS or len(administrators) != 3:
        raise Refused("three_administrators", "需要系统、安全、审计三个管理员，每人一名")
    if len({person.username.strip().casefold() for person in administrators}) != 3:
        raise Refused("three_administrators", "三个管理员必须是三个不同的人，用户名不能相同")


def install_roles() -> None:
    """Write the ready-made roles and their rights from roles.yaml; rights that stand there no more go."""
    text = resources.files("guiju.organisations").joinpath("roles.yaml").read_text("utf-8")
    listed: list[dict[str, Any]] = yaml.safe_load(text)
    for entry in listed:
        role, _ = Role.objects.update_or_create(
            code=entry["code"], defaults={"name": entry["name"], "note": entry["note"]}
        )
        kept = []
        for right, reach in entry["grants"].items():
            resource, action = right.split(".")
            kept.append(Q(resource=resource, action=action))
            Grant.objects.update_or_create(
                role=role, resource=resource, action=action, defaults={"reach": Reach(reach)}
            )
        Grant.objects.filter(role=role).exclude(reduce(or_, kept)).delete()
