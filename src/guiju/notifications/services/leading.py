"""Who sends: one process in an installation (领头)."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from django.db import connection as django_connection

_LOCK = 0x6E6F74696365
"""A number of our own for the server's advisory lock."""


def _own_connection() -> psycopg.Connection:
    """Beside Django's, which may be closed and opened anew at any time."""
    known = django_connection.settings_dict
    return psycopg.connect(
        dbname=known["NAME"],
        user=known["USER"],
        password=known["PASSWORD"],
        host=known["HOST"] or None,
        port=known["PORT"] or None,
        autocommit=True,
        connect_timeout=5,
    )


class Leadership:
    """A lock that the server frees when this process ends, however it ends."""

    def __init__(self) -> None:
        self._connection: psycopg.Connection | None = None

    def is_new(self) -> bool | None:
        """True when it was won just now, False while it is held, None while another process holds it.

        Raises `psycopg.OperationalError` while the database doesn't answer.
        """
        if self._connection is not None:
            try:
                self._connection.execute("SELECT 1")
            except psycopg.OperationalError:
                self.give_up()
            else:
                return False
        connection = _own_connection()
        row = connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK]).fetchone()
        if row == (True,):
            self._connection = connection
            return True
        connection.close()
        return None

    def give_up(self) -> None:
        if self._connection is not None:
            with suppress(psycopg.Error):
                self._connection.close()
        self._connection = None
