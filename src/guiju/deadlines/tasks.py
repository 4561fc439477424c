"""What the clock does: what is due to be told is told, and an entered notice moves what hangs on it."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.deadlines.services.duties import recompute_duties
from guiju.deadlines.services.signals import keep_signals


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False, lock="duties")
def keep_duties(timestamp: int) -> None:
    """The calendar first: nobody is told of a day that is no longer the right one."""
    at = timezone.now()
    recompute_duties(actor=None, at=at)
    keep_signals(at=at)
