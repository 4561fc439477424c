"""Work of measurements in processes of their own, set up against the database that the parent made."""

from __future__ import annotations

import os
import time
from collections import deque
from datetime import UTC, datetime
from typing import Any
from uuid import UUID


def _set_up() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "guiju.project.settings")
    import django

    django.setup()


def fetch_log(conninfo: str, snapshot: str) -> int:
    """What the check of the log reads, read and let go."""
    _set_up()
    from guiju.evidence.verification.log import _leaves
    from guiju.evidence.verification.state import state

    with state(conninfo, snapshot) as (connection, _):
        count = 0
        for _, versions in _leaves(connection, 0):
            count += 1 + len(versions)
        return count


def fetch_records(conninfo: str, snapshot: str, known: tuple[str, ...]) -> int:
    """What the check of the records reads, read and let go."""
    _set_up()
    from guiju.evidence.registry import COMMITTED
    from guiju.evidence.verification.findings import Report
    from guiju.evidence.verification.records import _Table
    from guiju.evidence.verification.state import state
    from guiju.keys.ring import ring_through

    with state(conninfo, snapshot) as (connection, _):
        for committed in COMMITTED.values():
            table = _Table(connection, Report(), committed, ring_through(known, connection), 0)
            deque(table._rows(), maxlen=0)
            deque(table._versions(), maxlen=0)
    return 1


def sequence(conninfo: str, key: str, seconds: float) -> float:
    """Sequence like the program does, for so long; returns the longest lag seen at the end, in seconds."""
    _set_up()
    import psycopg

    from guiju.evidence.sequencer import Sequencer
    from guiju.kernel.evidence.note import SignerKey

    with psycopg.connect(conninfo, autocommit=True) as connection:
        sequencer = Sequencer(connection, SignerKey.parse(key))
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not (sequencer.has_work and sequencer.round(at=datetime.now(UTC)).placed):
                time.sleep(0.2)
        row = connection.execute(
            "SELECT count(*), COALESCE(extract(epoch FROM clock_timestamp() - min(e.at)), 0)"
            " FROM evidence_pending p JOIN evidence_entry e ON e.id = p.entry_id"
        ).fetchone()
        assert row is not None
        return float(row[1])


def write(
    member_id: str, user_id: str, department_id: str, *, with_evidence: bool, begin: float, seconds: float
) -> int:
    """A typical service again and again: lock, permission, UPDATE, outbox row, and its entry or not."""
    _set_up()
    from django.db import connection, transaction

    from guiju.evidence.services import Act, record
    from guiju.organisations.models import Department
    from guiju.organisations.permissions import require
    from guiju.organisations.selectors import acting_by_id

    def rename(actor: Any, number: int) -> None:
        with transaction.atomic():
            found = Department.objects.select_for_update().get(pk=UUID(department_id))
            require(actor, "company.change", on=found.entity_id)
            found.name = f"部门{department_id[-8:]}之{number}"
            found.save(update_fields=["name"])
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO bench_outbox (body) VALUES (%s)", [found.name])
            if with_evidence:
                act = Act("organisations.change_department", actor, datetime.now(UTC))
                record(act, entity_id=found.entity_id, subject=found)

    done = 0
    time.sleep(max(begin - time.time(), 0))
    while time.time() < begin + seconds:
        with acting_by_id(UUID(member_id), UUID(user_id)) as member:
            rename(member, done)
        done += 1
    return done
