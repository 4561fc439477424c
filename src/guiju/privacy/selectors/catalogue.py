"""Reads of the catalogue (字段台账): what the program brings, as the company has decided it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection

from guiju.database.scope import require_scope
from guiju.evidence.selectors import count_versions, values_at
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.privacy.fields import Field
from guiju.privacy.models import CatalogueField
from guiju.privacy.registry import RECORDS
from guiju.privacy.terms import Basis, ConsentKind, FieldState, Grade, Sort


def field_of(row: CatalogueField | _Decided) -> Field:
    """A row of the catalogue as a field."""
    return Field(
        record=row.record,
        code=row.code,
        label=row.label,
        sort=Sort(row.sort),
        choices=row.choices,
        grade=Grade(row.grade),
        category=row.category,
        uses={purpose: Basis(basis) for purpose, basis in row.uses.items()},
        consent=ConsentKind(row.consent),
        visibility=row.visibility,
        retention=row.retention,
        may_leave=row.may_leave,
        is_sealed=row.is_sealed,
        is_built_in=row.is_built_in,
        state=FieldState(row.state),
        note=row.note,
    )


def fields_of(entity_id: UUID, record: str) -> dict[str, Field]:
    """All fields of one kind of record in a company by code: built-in ones first, in their order."""
    require_scope()
    fields = dict(RECORDS[record].fields)
    for row in CatalogueField.objects.filter(entity_id=entity_id, record=record).order_by("made_at", "pk"):
        fields[row.code] = field_of(row)
    return fields


def catalogue_of(entity_id: UUID) -> dict[str, dict[str, Field]]:
    """The whole catalogue of a company, by kind of record and code."""
    require_scope()
    found = {code: dict(kind.fields) for code, kind in RECORDS.items()}
    with connection.cursor() as cursor:
        cursor.execute(_ALL_DECIDED, [entity_id])
        rows = cursor.fetchall()
    for values in rows:
        row = _Decided(*values)
        if row.record in found:
            row = row._replace(choices=json.loads(row.choices), uses=json.loads(row.uses))
            found[row.record][row.code] = field_of(row)
    return found


class _Decided(NamedTuple):
    """What a company decides about a field, as its row and the log have it."""

    record: str
    code: str
    label: str
    sort: str
    choices: Any
    grade: str
    category: str
    uses: Any
    consent: str
    visibility: str
    retention: int | None
    may_leave: bool
    is_sealed: bool
    is_built_in: bool
    state: str
    note: str


_ALL_DECIDED = (
    f"SELECT {', '.join(_Decided._fields)} FROM privacy_cataloguefield WHERE entity_id = %s ORDER BY made_at, id"
)
"""Written out: nearly every page asks it, and building the question took five times as long as asking it."""


@dataclass(frozen=True)
class CatalogueOfDay:
    """A catalogue as it stood at a moment: `version` counts what the company had decided, `unknown` are fields
    (record, code) that were there, of which the log doesn't know how."""

    fields: Mapping[str, Mapping[str, Field]]
    version: int
    unknown: frozenset[tuple[str, str]] = frozenset()


def catalogue_of_now(entity_id: UUID) -> CatalogueOfDay:
    """The same as it stands now."""
    version = count_versions(CatalogueField, entity_id=entity_id)
    return CatalogueOfDay(catalogue_of(entity_id), version)


def catalogue_at(entity_id: UUID, *, before: datetime) -> CatalogueOfDay:
    """The catalogue just before a moment, out of the log; built-in fields that nobody had changed, as they come now."""
    require_scope()
    found, known = {code: dict(kind.fields) for code, kind in RECORDS.items()}, set()
    for values in values_at(CatalogueField, entity_id=entity_id, before=before):
        row = _Decided(**{name: values[name] for name in _Decided._fields})
        known.add((row.record, row.code))
        if row.record in found:
            found[row.record][row.code] = field_of(row)
    rows = CatalogueField.objects.filter(entity_id=entity_id, made_at__lt=before).values_list("record", "code")
    version = count_versions(CatalogueField, entity_id=entity_id, before=before)
    return CatalogueOfDay(found, version, frozenset(rows) - known)


def catalogue_for(member: Member, entity_id: UUID) -> Mapping[str, Mapping[str, Field]]:
    """The same for who may read it; raises `NotAllowed`."""
    require(member, "catalogue.read", on=entity_id)
    return catalogue_of(entity_id)


def field_for(member: Member, entity_id: UUID, record: str, code: str) -> Field:
    """One field; raises `NotAllowed`, `Missing`."""
    found = catalogue_for(member, entity_id).get(record, {}).get(code)
    if found is None:
        raise Missing("field_missing", "字段台账里没有这一项")
    return found


def row_of(entity_id: UUID, field: Field) -> CatalogueField | None:
    """The company's own row of a field; None for a built-in one that it left as it is."""
    return CatalogueField.objects.filter(entity_id=entity_id, record=field.record, code=field.code).first()


def inactive(field: Field) -> Field:
    return replace(field, state=FieldState.RETIRED)
