"""What the clock does: late tasks move up, requests that nobody decided lapse."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.work.services.approvals import expire_approvals
from guiju.work.services.tasks import escalate_overdue


@app.periodic(cron="*/5 * * * *")
@app.task(queue="clock", pass_context=False)
def keep_time(timestamp: int) -> None:
    """Both read the state of the database, so that a missed hour is made up for at the next start."""
    at = timezone.now()
    escalate_overdue(at=at)
    expire_approvals(at=at)
