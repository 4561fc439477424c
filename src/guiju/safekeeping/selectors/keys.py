"""Which companies have keys, and how far a change of them has come (数据密钥)."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from guiju.database.scope import scope
from guiju.kernel.crypto.envelope import VALUES, Algorithm
from guiju.kernel.errors import Missing
from guiju.keys.models import DataKey
from guiju.organisations.models import Entity
from guiju.organisations.permissions import required_root
from guiju.safekeeping.models import KeyChange


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
