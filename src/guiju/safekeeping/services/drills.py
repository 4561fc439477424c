"""A drill leaves its result in the log (恢复演练)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.organisations.permissions import required_root
from guiju.safekeeping.models import Drill

MOST_KEPT = 50


@dataclass(frozen=True)
class Outcome:
    """What came of a drill; `trouble` is why it could not be done.

    `log_size` entries of the restored log were verified, `findings` is how much is not as it was recorded.
    """

    began_at: datetime
    seconds: float
    with_sheets: bool
    full_at: datetime | None = None
    tables: int = 0
    rows: int = 0
    differing: Sequence[str] = ()
    trouble: str = ""
    log_size: int | None = None
    findings: int | None = None

    @property
    def passed(self) -> bool:
        return not (self.trouble or self.differing or self.findings)


@transaction.atomic
def keep_drill(*, outcome: Outcome, account: str, at: datetime) -> Drill:
    """Write down what a drill found (恢复演练), whatever it was."""
    root = required_root()
    with scope(entities={root}):
        made = Drill(
            id=new_id(),
            entity_id=root,
            account=account[:100],
            with_sheets=outcome.with_sheets,
            began_at=outcome.began_at,
            seconds=round(outcome.seconds),
            full_at=outcome.full_at,
            tables=outcome.tables,
            rows=outcome.rows,
            differing=list(outcome.differing)[:MOST_KEPT],
            trouble=outcome.trouble[:300],
            passed=outcome.passed,
            log_size=outcome.log_size,
            findings=outcome.findings,
        )
        made.save(force_insert=True)
        record(Act("safekeeping.keep_drill", None, at), entity_id=root, subject=made)
    return made
