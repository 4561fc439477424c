"""What the clock and the queue do here; arguments are ids only."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.audit.services.verification import run_verification
from guiju.organisations.permissions import group_root
from guiju.organisations.selectors import acting_by_id


@app.task(queue="imports", retry=1, queueing_lock="verify", lock="verify")
def verify_log(member_id: str, user_id: str, root: str) -> None:
    """Verify log and rows for somebody who asked."""
    with acting_by_id(UUID(member_id), UUID(user_id)) as member:
        actor = member
    run_verification(root=UUID(root), actor=actor, began_at=timezone.now())


@app.periodic(cron="23 2 * * *")
@app.task(queue="clock", pass_context=False, lock="verify", queueing_lock="verify")
def verify_nightly(timestamp: int) -> None:
    root = group_root()
    if root is not None:
        run_verification(root=root, actor=None, began_at=timezone.now())
