"""Locks of the whole installation that are waited for only so long (咨询锁)."""

from __future__ import annotations

from django.db import OperationalError, connection, transaction
from psycopg import errors

from guiju.kernel.errors import Refused


def hold(name: str, *, seconds: int, busy: str, is_shared: bool = False) -> None:
    """Hold a lock until the transaction ends; raises `Refused` with the sentence when others keep it so long.

    A shared one others may share: it waits only for who holds it alone.
    """
    lock = "pg_advisory_xact_lock_shared" if is_shared else "pg_advisory_xact_lock"
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{seconds}s"])
        try:
            with transaction.atomic():
                cursor.execute(f"SELECT {lock}(hashtext(%s))", [name])
        except OperationalError as failure:
            if isinstance(failure.__cause__, errors.LockNotAvailable):
                raise Refused("lock_busy", busy) from failure
            raise
        cursor.execute("SELECT set_config('lock_timeout', '0', true)")
