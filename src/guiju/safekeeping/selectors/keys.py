"""Which companies have keys, and how far a change of them has come (数据密钥)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.apps import apps

from guiju.database.scope import scope
from guiju.evidence.registry import chinese_in
from guiju.kernel.crypto.envelope import INDEX, VALUES, Algorithm
from guiju.kernel.errors import Missing
from guiju.keys.fields import SealedField
from guiju.keys.models import DataKey
from guiju.organisations.models import Entity, Member
from guiju.organisations.permissions import require, required_root, root_of
from guiju.safekeeping.models import KeyChange
from guiju.safekeeping.selectors.health import RIGHT


@dataclass(frozen=True)
class KeyOfCompany:
    """The key under which a company seals; `resealing` counts what has followed it from the earlier one."""

    company: str
    code: str
    number: int
    algorithm: str
    made_at: datetime
    earlier: int | None = None
    resealing: int | None = None

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


def keys_of_companies() -> list[KeyOfCompany]:
    companies = {one.pk: one for one in companies_with_keys()}
    with scope(entities=companies):
        going_on = {one.entity_id: one for one in KeyChange.objects.filter(kind=KeyChange.Kind.VALUES, ended_at=None)}
    known = DataKey.objects.filter(use=VALUES, retired_at=None, entity_id__in=list(companies))
    found = {one.entity_id: one for one in known}
    return [
        KeyOfCompany(
            company.name,
            company.unified_code,
            found[pk].number,
            Algorithm(found[pk].algorithm).name.replace("_", "-"),
            found[pk].made_at,
            going_on[pk].earlier if pk in going_on else None,
            going_on[pk].done if pk in going_on else None,
        )
        for pk, company in companies.items()
    ]


@dataclass(frozen=True)
class KeyLine:
    """The keys of one company as the page shows them: numbers and days, nothing that opens anything."""

    key: KeyOfCompany
    index: DataKey | None
    earlier: list[DataKey]
    last: KeyChange | None
    going_on: KeyChange | None


@dataclass(frozen=True)
class KeysPage:
    """All companies with keys, the last changes of the master key, and what lies sealed."""

    lines: list[KeyLine]
    masters: list[KeyChange]
    sealed: list[str]


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
    lines = []
    for line in keys_of_companies():
        pk = entities[line.code]
        own = [one for one in changes if one.entity_id == pk and one.kind == KeyChange.Kind.VALUES]
        lines.append(
            KeyLine(
                line,
                next((one for one in keys[pk] if one.use == INDEX and one.retired_at is None), None),
                [one for one in keys[pk] if one.use == VALUES and one.retired_at is not None],
                next((one for one in own if one.ended_at), None),
                next((one for one in own if one.ended_at is None), None),
            )
        )
    masters = [one for one in changes if one.kind == KeyChange.Kind.MASTER][:MOST_SHOWN]
    return KeysPage(lines, masters, sealed_in_words())


def sealed_in_words() -> list[str]:
    """What lies sealed under the keys of a company, as its tables are called."""
    models = (model for model in apps.get_models() if any(isinstance(one, SealedField) for one in model._meta.fields))
    return list(dict.fromkeys(chinese_in(model.__doc__) or model._meta.db_table for model in models))
