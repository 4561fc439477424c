"""One run of the verification over one state of the database (核对)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

import psycopg

from guiju.evidence.verification.beside import check_records_in
from guiju.evidence.verification.findings import Report
from guiju.evidence.verification.log import check_log
from guiju.evidence.verification.records import check_records
from guiju.evidence.verification.state import state
from guiju.evidence.verification.stored import check_stored
from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.evidence.note import Checkpoint, VerifierKey
from guiju.keys.ring import ring_through

WORTH_A_PROCESS = 20_000
"""From so many versions on, rows and log are checked side by side."""


def verify(
    conninfo: str,
    *,
    key: VerifierKey | None,
    known: Sequence[str],
    outside: Sequence[Checkpoint] = (),
    since: int = 0,
    clean: int = 0,
) -> Report:
    """Check log and rows as the role `verifier`; a large log is checked by two processes.

    `key` is the log's public key as known outside of the database, the `known` master keys open the versions (empty:
    they stay unchecked), `outside` are checkpoints that were kept elsewhere, `clean` is the size of
    the log at the last run that found nothing. Raises `ValueError` when there is no leaf `since`.
    """
    with state(conninfo) as (connection, snapshot):
        row = connection.execute("SELECT count(*) FROM evidence_revision").fetchone()
        assert row is not None
        if not known or row[0] < WORTH_A_PROCESS:
            ring = ring_through(known, connection) if known else None
            return check(connection, key=key, ring=ring, outside=outside, since=since, clean=clean)
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as beside:
            rows = beside.submit(check_records_in, conninfo, snapshot, tuple(known), since)
            report = check_log(connection, key=key, outside=outside, since=since)
            report.take(rows.result())
            check_stored(connection, report)
        return _dated(connection, report, clean)


def check(
    connection: psycopg.Connection[Any],
    *,
    key: VerifierKey | None,
    ring: Keyring | None,
    outside: Sequence[Checkpoint] = (),
    since: int = 0,
    clean: int = 0,
) -> Report:
    """The same within a transaction that is open already."""
    report = check_log(connection, key=key, outside=outside, since=since)
    report.take(check_records(connection, ring=ring, since=since))
    check_stored(connection, report)
    return _dated(connection, report, clean)


def _dated(connection: psycopg.Connection[Any], report: Report, clean: int) -> Report:
    """Say of each finding since which checkpoint it can have happened."""
    signed = [size for (size,) in connection.execute("SELECT size FROM evidence_checkpoint ORDER BY size")]
    report.findings = [
        replace(found, since=max(_covering(signed, found.index), clean) or None) if found.since is None else found
        for found in report.findings
    ]
    return report


def _covering(signed: Sequence[int], index: int | None) -> int:
    """The size of the first checkpoint that covers a leaf: what it says was still so when it was signed."""
    if index is None:
        return 0
    return next((size for size in signed if size > index), 0)
