"""Work of a verification in a process of its own, which has to set Django up before it knows any table."""

from __future__ import annotations

import os
from typing import Any


def check_records_in(conninfo: str, snapshot: str, known: tuple[str, ...], since: int) -> Any:
    """The report over the records, of the state of the database that another transaction exported."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    import django

    django.setup()
    from guiju.evidence.verification.records import check_records
    from guiju.evidence.verification.state import state
    from guiju.keys.ring import ring_through

    with state(conninfo, snapshot) as (connection, _):
        return check_records(connection, ring=ring_through(known, connection), since=since)
