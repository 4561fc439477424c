"""Which companies have keys, and how far a change of them has come (数据密钥)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps

from guiju.database.scope import scope
from guiju.evidence.registry import chinese_in
from guiju.kernel.crypto.envelope import INDEX, VALUES, Algorithm
from guiju.kernel.errors import Missing
from guiju.keys.algorithms import chosen
from guiju.keys.fields import SealedField
from guiju.keys.models import DataKey
from guiju.keys.resealing import waiting
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import require, required_root, root_of
from guiju.safekeeping.models import KeyChange
from guiju.safekeeping.selectors.health import RIGHT


@dataclass(frozen=True)
class KeyOfCompany:
    """The key under which a company seals; `resealing` counts what has followed it from the earlier one, and
    `waiting` what has still to."""

    company: str
    code: str
    number: int
    algorithm: str
    made_at: datetime
    earlier: int | None = None
    resealing: int | None = None
    waiting: int | None = None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def companies_with_keys() -> list[Entity]:
    """The companies that have sealed something, all of the installation's."""
    having = DataKey.objects.filter(use=VALUES, retired_at=None).values_list("entity_id", flat=True)
    with scope(trees={required_root()}):
        return list(Entity.objects.filter(pk__in=list(having)).order_by("unified_code"))


def company_with_key(code: str) -> Entity:
    """Raises `Missing`."""
    with scope(trees={required_root()}):
        found = Entity.objects.filter(unified_code=code.strip().upper().replace("\x00", "")).first()
    if found is None:
        raise Missing("company_unknown", f"没有统一社会信用代码为 {code} 的公司", field="entity")
    return found


def keys_of_companies(behind: Mapping[UUID, Mapping[int, int]] | None = None) -> list[KeyOfCompany]:
    """Each company with its key; `behind` is what lies under earlier ones, where that was counted already."""
    companies = {one.pk: one for one in companies_with_keys()}
    with scope(entities=companies):
        going_on = {one.entity_id: one for one in KeyChange.objects.filter(kind=KeyChange.Kind.VALUES, ended_at=None)}
    known = DataKey.objects.filter(use=VALUES, retired_at=None, entity_id__in=list(companies))
    found = {one.entity_id: one for one in known}
    behind = _waiting(found) if behind is None else behind
    return [
        KeyOfCompany(
            company.name,
            company.unified_code,
            found[pk].number,
            Algorithm(found[pk].algorithm).label,
            found[pk].made_at,
            going_on[pk].earlier if pk in going_on else None,
            going_on[pk].done if pk in going_on else None,
            sum(behind.get(pk, {}).values()) if pk in going_on else None,
        )
        for pk, company in companies.items()
    ]


def _waiting(present: Mapping[UUID, DataKey]) -> dict[UUID, dict[int, int]]:
    """What lies under retired keys, of those companies only that have any: each table is gone through for it."""
    retired = DataKey.objects.filter(use=VALUES, retired_at__isnull=False).values_list("entity_id", flat=True)
    numbers = {pk: present[pk].number for pk in set(retired) & present.keys()}
    if not numbers:
        return {}
    with scope(entities=set(numbers)):
        return waiting(numbers)


@dataclass(frozen=True)
class EarlierKey:
    """A key that is retired and not destroyed yet, and how many values lie under it still."""

    number: int
    algorithm: str
    retired_at: datetime | None
    waiting: int


@dataclass(frozen=True)
class KeyLine:
    """The keys of one company as the page shows them: numbers and days, nothing that opens anything."""

    key: KeyOfCompany
    index: DataKey | None
    earlier: list[EarlierKey]
    last: KeyChange | None
    going_on: KeyChange | None


@dataclass(frozen=True)
class KeysPage:
    """All companies with keys, the last changes of the master key, and what lies sealed."""

    lines: list[KeyLine]
    masters: list[KeyChange]
    sealed: list[str]
    algorithm: str
    """By which what is new is sealed."""


MOST_SHOWN = 20


def keys_page_for(member: Member) -> KeysPage:
    """Which keys there are (密钥), for who sees how backups stand; raises `NotAllowed`."""
    root = root_of(member.entity_id)
    require(member, RIGHT, on=root)
    entities = {one.unified_code: one.pk for one in companies_with_keys()}
    keys: dict[UUID, list[DataKey]] = {}
    for one in DataKey.objects.filter(entity_id__in=entities.values()).order_by("number"):
        keys.setdefault(one.entity_id, []).append(one)
    with scope(entities={root, *entities.values()}):
        changes = list(KeyChange.objects.order_by("-began_at", "-pk"))
    lines, behind = [], _waiting({pk: one for pk, some in keys.items() for one in some if _is_present(one)})
    for line in keys_of_companies(behind):
        pk = entities[line.code]
        own = [one for one in changes if one.entity_id == pk and one.kind == KeyChange.Kind.VALUES]
        lines.append(
            KeyLine(
                line,
                next((one for one in keys[pk] if one.use == INDEX and one.retired_at is None), None),
                [_earlier(one, behind) for one in keys[pk] if one.use == VALUES and one.retired_at is not None],
                next((one for one in own if one.ended_at), None),
                next((one for one in own if one.ended_at is None), None),
            )
        )
    masters = [one for one in changes if one.kind == KeyChange.Kind.MASTER][:MOST_SHOWN]
    return KeysPage(lines, masters, sealed_in_words(), chosen().label)


def _is_present(key: DataKey) -> bool:
    return key.use == VALUES and key.retired_at is None


def _earlier(key: DataKey, behind: Mapping[UUID, Mapping[int, int]]) -> EarlierKey:
    left = behind.get(key.entity_id, {}).get(key.number, 0)
    return EarlierKey(key.number, Algorithm(key.algorithm).label, key.retired_at, left)


def sealed_in_words() -> list[str]:
    """What lies sealed under the keys of a company, as its tables are called."""
    models = (model for model in apps.get_models() if any(isinstance(one, SealedField) for one in model._meta.fields))
    return list(dict.fromkeys(chinese_in(model.__doc__) or model._meta.db_table for model in models))
