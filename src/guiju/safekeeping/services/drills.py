"""A drill leaves its result in the log (恢复演练)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.organisations.permissions import required_root
from guiju.safekeeping.models import Drill
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

MOST_KEPT = 50
KIND, RIGHT = "safekeeping.failed_drill", "backup.read"
WITHIN = timedelta(days=3)
"""House rule."""


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
def keep_drill(*, outcome: Outcome, account: str, at: datetime, is_automatic: bool = False) -> Drill:
    """Write down what a drill found (恢复演练), whatever it was.

    One that failed while nobody looked on is a task for who answers for backups, until another one passes.
    """
    root = required_root()
    with scope(entities={root}):
        made = Drill(
            id=new_id(),
            entity_id=root,
            account=account[:100],
            with_sheets=outcome.with_sheets,
            is_automatic=is_automatic,
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
        act = Act("safekeeping.keep_drill", None, at)
        record(act, entity_id=root, subject=made)
        _tell(made, act)
    return made


def _tell(drill: Drill, act: Act) -> None:
    """Give the task, once, or end it."""
    waiting = Task.objects.select_for_update(of=("self",)).filter(entity_id=drill.entity_id, kind=KIND, done_at=None)
    if drill.passed:
        for task in waiting:
            close_task(task, "此后的恢复演练通过", act, None)
    elif drill.is_automatic and not waiting:
        title = "自动的恢复演练没有通过：查明原因，在服务器上运行 guiju backup drill，通过后自动办结"
        wanted = NewTask(KIND, drill.entity_id, title, drill.pk, right=RIGHT, due_at=act.at + WITHIN)
        give_task(wanted, act)


def last_drill() -> Drill | None:
    """The newest drill, whatever it found."""
    root = required_root()
    with scope(entities={root}):
        return Drill.objects.order_by("-began_at", "-pk").first()
