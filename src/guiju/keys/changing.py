"""A company gets another key, and the master key is changed for the next (更换密钥)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from guiju.kernel.crypto.envelope import VALUES, Algorithm, WrappedKey, new_wrapped_key, unwrap_with_any, wrap
from guiju.keys.algorithms import chosen
from guiju.keys.models import DataKey
from guiju.keys.source import LASTS


def retire_and_replace(entity_id: UUID, *, masters: Sequence[str], at: datetime) -> tuple[DataKey, DataKey] | None:
    """End the key under which a company seals, and make the next; None where it has none yet.

    Within a transaction: until that ends nobody sees either. Who has the earlier one at hand goes on with it
    for `LASTS` seconds.
    """
    earlier = DataKey.objects.select_for_update().filter(entity_id=entity_id, use=VALUES, retired_at=None).first()
    if earlier is None:
        return None
    earlier.retired_at = at
    earlier.save(update_fields=["retired_at"])
    algorithm = chosen()
    wrapped = new_wrapped_key(masters[0], entity=entity_id, use=VALUES, algorithm=algorithm)
    present = DataKey.objects.create(entity_id=entity_id, use=VALUES, algorithm=algorithm, wrapped=wrapped, made_at=at)
    return earlier, present


def is_still_in_hand(earlier: DataKey) -> bool:
    """Whether work that began when the earlier key was in force, or still at hand, has not ended yet."""
    assert earlier.retired_at is not None
    until = earlier.retired_at + 2 * timedelta(seconds=LASTS)
    with connection.cursor() as cursor:
        # Every program that seals connects as this role, whose transactions it sees.
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database()"
            " AND usename = current_user AND pid <> pg_backend_pid() AND xact_start < %s) OR now() < %s",
            [until, until],
        )
        found: bool = cursor.fetchone()[0]
    return found


def destroy(earlier: DataKey) -> None:
    """The key goes; what should still lie under it opens never again."""
    DataKey.objects.filter(number=earlier.number, retired_at__isnull=False).delete()


def wrap_anew(masters: Sequence[str], *, under: str) -> int:
    """Wrap every data key under this master key; they open with any of `masters`. Returns how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE keys_datakey IN SHARE ROW EXCLUSIVE MODE")
    keys = list(DataKey.objects.order_by("number"))
    for key in keys:
        algorithm = Algorithm(key.algorithm)
        known = WrappedKey(key.number, key.entity_id, key.use, algorithm, bytes(key.wrapped))
        key.wrapped = wrap(
            under, unwrap_with_any(masters, known), entity=key.entity_id, use=key.use, algorithm=algorithm
        )
    DataKey.objects.bulk_update(keys, ["wrapped"], batch_size=1000)
    return len(keys)
