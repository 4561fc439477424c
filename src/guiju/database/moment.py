"""The moment of the database's clock, for work that ends later than the `at` with which it began."""

from __future__ import annotations

from django.db.models import DateTimeField, Func


def clock_timestamp() -> Func:
    """Now, not the beginning of the transaction; read when the row is written."""
    return Func(function="clock_timestamp", output_field=DateTimeField())
