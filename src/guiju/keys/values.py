"""Several values of one record, sealed as one (加密字段): a JSON object by field code in one column.

One text a record instead of one a field: a list of fifty rows opens fifty texts and not four hundred,
and a field that is added needs no column. The place is table.column and the record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from django.db.models import Model

from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.crypto.sealed import Unsealable
from guiju.keys.ring import keyring


def place_of(table: str, column: str, record: UUID) -> bytes:
    return f"{table}.{column}/".encode() + record.bytes


def seal_values(ring: Keyring, values: Mapping[str, Any], *, entity: UUID, place: bytes) -> bytes:
    """The sealed text of an object; empty for one without values."""
    if not values:
        return b""
    return ring.seal(msgspec.json.encode(values, order="sorted"), entity=entity, place=place)


def open_values(ring: Keyring, sealed: bytes, *, entity: UUID, place: bytes) -> dict[str, Any]:
    """The values; raises `Unsealable`."""
    if not sealed:
        return {}
    try:
        found = json.loads(ring.open(sealed, entity=entity, place=place))
    except ValueError as fault:
        raise Unsealable("what was sealed is no object") from fault
    if not isinstance(found, dict):
        raise Unsealable("what was sealed is no object")
    return found


def sealed_values(row: Model, column: str) -> Mapping[str, Any]:
    """The opened values of a row of a company; opened once an instance. Raises `Unsealable`."""
    sealed = bytes(getattr(row, column) or b"")
    known: tuple[bytes, Mapping[str, Any]] | None = row.__dict__.get(f"_opened_{column}")
    if known is None or known[0] != sealed:
        known = sealed, open_values(keyring(), sealed, **_where(row, column))
        row.__dict__[f"_opened_{column}"] = known
    return known[1]


def seal_into(row: Model, column: str, values: Mapping[str, Any]) -> None:
    """Put values into the sealed column of a row; empty ones are left out."""
    kept = {code: value for code, value in values.items() if value not in (None, "", [])}
    sealed = seal_values(keyring(), kept, **_where(row, column))
    setattr(row, column, sealed)
    row.__dict__[f"_opened_{column}"] = sealed, kept


def _where(row: Model, column: str) -> dict[str, Any]:
    entity, record = row.entity_id, row.pk  # type: ignore[attr-defined]
    return {"entity": entity, "place": place_of(row._meta.db_table, column, record)}
