"""What the clock does: people are told in the morning whom to go on with."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.sales.services.reminding import remind_of_follow_ups


@app.periodic(cron="*/10 * * * *")
@app.task(queue="clock", pass_context=False, lock="follow_ups")
def remind_of_today(timestamp: int) -> None:
    """Reads what waits and who was told already, so that a missed hour is made up for at the next start."""
    remind_of_follow_ups(at=timezone.now())
