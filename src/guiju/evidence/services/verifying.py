"""Runs of the verification, kept and themselves recorded (核对记录)."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.evidence.models import Verification
from guiju.evidence.services.record import Act, Actor, record
from guiju.evidence.verification.findings import Report

MOST_KEPT = 200
"""Findings kept of one run; how many more there were is kept as well."""


@transaction.atomic
def keep_verification(
    report: Report, *, entity_id: UUID, actor: Actor | None, began_at: datetime, at: datetime
) -> Verification:
    """Write down what a run found; for services that have asked permission."""
    kept = [asdict(found) for found in report.findings[:MOST_KEPT]]
    more = len(report.findings) - len(kept) + report.more
    made = Verification(
        id=new_id(),
        entity_id=entity_id,
        asked_by_id=actor.id if actor else None,
        began_at=began_at,
        ended_at=at,
        size=report.size,
        root=report.checkpoint.root.hex() if report.checkpoint else "",
        records=report.records,
        is_clean=report.ok,
        findings=[*kept, *([{"kind": "more", "message": f"另有 {more} 处"}] if more else [])],
        unchecked=[asdict(one) for one in report.unchecked],
    )
    made.save(force_insert=True)
    record(Act("evidence.keep_verification", actor, at), entity_id=entity_id, subject=made)
    return made
