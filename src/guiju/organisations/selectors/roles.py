"""Reads of roles: the permission matrix now and on a day, and why somebody may see something (权限分级表)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from guiju.database.scope import require_scope, scope_with
from guiju.evidence.selectors import Version, history_of, values_at, version_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Entity, Member, Reach, Role
from guiju.organisations.permissions import require, rights_of, roles_of, root_of, sight_of, treatment_of
from guiju.organisations.registry import RESOURCES, RIGHTS, Kind, Treatment, resource_of
from guiju.organisations.selectors.people import names_of


@dataclass(frozen=True)
class Column:
    """One role as the matrix shows it."""

    code: str
    name: str
    note: str
    rights: Mapping[str, str]
    treatments: Mapping[str, str]
    is_ready_made: bool

    def cell(self, right: str) -> str:
        """The reach of a right in words; empty where the role doesn't have it."""
        word = self.rights.get(right)
        return str(Reach(word).label) if word else ""


@dataclass(frozen=True)
class Change:
    """One difference between two matrices; a role that is only in one is told as a whole."""

    role: str
    what: str
    old: str
    new: str


def roles_for(member: Member, *, search: str = "") -> QuerySet[Role]:
    """The roles in use, ready-made ones first."""
    require(member, "role.read", on=root_of(member.entity_id))
    require_scope()
    roles = Role.objects.filter(retired_at=None)
    for word in search.replace("\x00", "").split():
        roles = roles.filter(Q(name__icontains=word) | Q(note__icontains=word))
    return roles.order_by("-is_ready_made", "name")


def role_for(member: Member, code: str) -> Role:
    """One role; `Missing` when there is none."""
    found = roles_for(member).filter(code=code).first()
    if found is None:
        raise Missing("role_missing", "没有这个角色，或它已经停用")
    return found


def role_history(member: Member, role: Role) -> list[tuple[Version, str]]:
    """Who changed a role when and why, with their names."""
    root = root_of(member.entity_id)
    require(member, "role.read", on=root)
    with scope_with(root):
        versions = history_of(role)
    names = names_of({version.actor_id for version in versions if version.actor_id})
    return [
        (version, names.get(version.actor_id, "本单位以外的成员") if version.actor_id else "程序")
        for version in versions
    ]


def matrix_for(member: Member, *, at: date | None = None) -> list[Column]:
    """The permission matrix: now, or as it stood at the end of a day (from the log)."""
    root = root_of(member.entity_id)
    require(member, "role.read", on=root)
    if at is None:
        return [column_of(role) for role in roles_for(member)]
    end = timezone.make_aware(datetime.combine(at + timedelta(days=1), time()))
    with scope_with(root):
        known = values_at(Role, entity_id=root, before=end)
    columns = [_column(values) for values in known if values["retired_at"] is None]
    return sorted(columns, key=lambda column: (not column.is_ready_made, column.name))


def column_of(role: Role) -> Column:
    return _column(vars(role))


def _column(values: Mapping[str, Any]) -> Column:
    return Column(**{name: values[name] for name in Column.__dataclass_fields__})


def all_rights(columns: Iterable[Column]) -> list[str]:
    """The rights that are registered, then those that only old matrices know."""
    return [*RIGHTS, *sorted({right for column in columns for right in column.rights} - RIGHTS.keys())]


def compared(old: Iterable[Column], new: Iterable[Column]) -> list[Change]:
    """What changed from one matrix to another, by role and right."""
    before, after = ({column.code: column for column in columns} for columns in (old, new))
    changes = []
    for code in sorted(before.keys() | after.keys()):
        one, other = before.get(code), after.get(code)
        name = (other or one).name  # type: ignore[union-attr]
        if one is None or other is None:
            changes.append(Change(name, "角色", "有" if one else "无", "有" if other else "无"))
        rights = {**(one.rights if one else {}), **(other.rights if other else {})}
        for right in sorted(rights):
            was, now = (column.cell(right) if column else "" for column in (one, other))
            if was != now:
                changes.append(Change(name, RIGHTS.get(right, right), was or "—", now or "—"))
        fields = {**(one.treatments if one else {}), **(other.treatments if other else {})}
        for field in sorted(fields):
            was, now = (_treated(column, field) for column in (one, other))
            if was != now:
                changes.append(Change(name, field_label(field), was, now))
    return changes


def _treated(column: Column | None, field: str) -> str:
    return Treatment(column.treatments[field]).label if column and field in column.treatments else "—"


def field_label(code: str) -> str:
    """The label of resource.field, with that of its resource."""
    resource, name = code.split(".")
    known = RESOURCES.get(resource)
    return f"{known.label}：{known.fields[name].label}" if known and name in known.fields else code


@dataclass(frozen=True)
class Grounds:
    """Why a member may do something with one kind of record, and how far (依据)."""

    right: str
    words: str
    roles: tuple[str, ...]
    reach: str
    companies: tuple[str, ...]
    unrelated: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """What a member may do with one kind of record: by which roles, on whose records, fields how."""

    resource: str
    grounds: tuple[Grounds, ...]
    denied: tuple[tuple[str, tuple[str, ...]], ...]
    fields: tuple[tuple[str, str], ...]


def explanation_of(asker: Member, member: Member, *, on: date, resource: str = "") -> list[Explanation]:
    """Why a member may see what they may (谁能看什么); of one kind of record or of all."""
    require(asker, "role.explain", on=member.entity_id)
    if resource and resource not in RESOURCES:
        raise Missing("resource_missing", f"没有“{resource}”这种资源，可填：{'、'.join(RESOURCES)}", field="resource")
    kinds = [RESOURCES[resource]] if resource else list(RESOURCES.values())
    held = list(roles_of(member))
    names = dict(Entity.objects.values_list("pk", "name"))
    explained = []
    for kind in kinds:
        grounds, denied = [], []
        for action, words in kind.actions.items():
            right = f"{kind.code}.{action}"
            if right not in rights_of(member).reaches:
                holders = Role.objects.filter(rights__has_key=right, retired_at=None).values_list("name", flat=True)
                denied.append((words, tuple(holders[:10])))
                continue
            sight = sight_of(member, right, on=on)
            grounds.append(
                Grounds(
                    right,
                    words,
                    tuple(role.name for role in held if right in role.rights),
                    str(sight.reach.label) if sight.reach else "",
                    tuple(sorted(names.get(one, str(one)) for one in sight.scope)),
                    tuple(sorted(names.get(one, str(one)) for one in sight.unrelated)),
                )
            )
        fields = tuple(
            (field.label, treatment_of(member, kind.code, name).label) for name, field in kind.fields.items()
        )
        explained.append(Explanation(kind.label, tuple(grounds), tuple(denied), fields if grounds else ()))
    return explained


def purposes_of(right: str) -> str:
    """Whether records of a kind need a relation, in words."""
    resource = resource_of(right)
    return "集团内可见" if resource.kind is Kind.STRUCTURE else "别家公司的要有数据关系"


def words_of(right: str) -> str:
    """A right in words; an old one by its code."""
    return RIGHTS.get(right, right)


def treatment_label(word: str) -> str:
    return Treatment(word).label


def version_of_role(member: Member, role: Role) -> int:
    """Which version of a role the member has before them."""
    root = root_of(member.entity_id)
    require(member, "role.change", on=root)
    with scope_with(root):
        return version_of(role)
