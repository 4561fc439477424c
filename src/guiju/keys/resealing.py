"""What lies under an earlier key of a company is sealed anew under its present one (重新加密)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.apps import apps
from django.db import connection

from guiju.kernel.crypto.envelope import NUMBER_BYTES, Keyring
from guiju.keys.fields import SealedField
from guiju.keys.values import place_of

AT_ONCE = 500
NOBODY = UUID(int=0)


@dataclass(frozen=True)
class SealedColumn:
    """Where ciphertext of companies lies; `through` as in `SealedField`."""

    table: str
    column: str
    through: str = ""


def sealed_columns() -> list[SealedColumn]:
    """Every sealed column of the program, as the models declare them."""
    return [
        SealedColumn(model._meta.db_table, str(field.column), field.through)
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedField)
    ]


def under_another_key(
    place: SealedColumn, *, entity_id: UUID, key: int, after: UUID = NOBODY, at_once: int = AT_ONCE
) -> list[UUID]:
    """The next records of a company whose column doesn't lie under this key, by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {place.table} WHERE entity_id = %s AND id > %s AND {place.column} <> ''"
            f" AND substring({place.column} FROM 3 FOR {NUMBER_BYTES}) <> %s ORDER BY id LIMIT %s",
            [entity_id, after, key.to_bytes(NUMBER_BYTES, "big"), at_once],
        )
        return [record for (record,) in cursor.fetchall()]


def waiting(present: Mapping[UUID, int]) -> dict[UUID, dict[int, int]]:
    """How many values of companies lie under another key than their present one, by company and number of the key."""
    numbers = [number.to_bytes(NUMBER_BYTES, "big") for number in present.values()]
    found: dict[UUID, dict[int, int]] = {}
    for place in sealed_columns():
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT entity_id, substring({place.column} FROM 3 FOR {NUMBER_BYTES}), count(*)"
                f" FROM {place.table} WHERE entity_id = ANY(%s) AND {place.column} <> ''"
                f" AND substring({place.column} FROM 3 FOR {NUMBER_BYTES}) <> ALL(%s) GROUP BY 1, 2",
                [list(present), numbers],
            )
            for entity_id, key, count in cursor.fetchall():
                of_company = found.setdefault(entity_id, {})
                number = int.from_bytes(key, "big")
                of_company[number] = of_company.get(number, 0) + count
    return found


def reseal(place: SealedColumn, records: Sequence[UUID], *, ring: Keyring, entity_id: UUID) -> int:
    """Seal the column of these records anew; what somebody changes meanwhile stays as they left it.

    Returns how many were; raises `Unsealable` for one that doesn't open.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id, {place.column} FROM {place.table} WHERE entity_id = %s AND id = ANY(%s)"
            f" AND {place.column} <> ''",
            [entity_id, list(records)],
        )
        before = {record: bytes(sealed) for record, sealed in cursor.fetchall()}
        after = [_anew(place, record, sealed, ring, entity_id) for record, sealed in before.items()]
        if place.through:
            cursor.execute(f"SELECT {place.through}(%s, %s, %s)", [[*before], [*before.values()], after])
            row = cursor.fetchone()
            assert row is not None
            return int(row[0])
        cursor.execute(
            f"UPDATE {place.table} t SET {place.column} = w.after"
            " FROM unnest(%s::uuid[], %s::bytea[], %s::bytea[]) AS w (id, before, after)"
            f" WHERE t.id = w.id AND t.{place.column} = w.before",
            [[*before], [*before.values()], after],
        )
        return int(cursor.rowcount)


def _anew(place: SealedColumn, record: UUID, sealed: bytes, ring: Keyring, entity_id: UUID) -> bytes:
    where = place_of(place.table, place.column, record)
    return ring.seal(ring.open(sealed, entity=entity_id, place=where), entity=entity_id, place=where)
