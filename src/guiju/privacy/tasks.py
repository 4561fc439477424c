"""What the clock does: searches and freezings of more than one batch go on behind the page."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.privacy.services.cleanup import carry_on_cleanups


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False)
def carry_on(timestamp: int) -> None:
    """Reads the state of the database: what was broken off goes on at the next minute."""
    carry_on_cleanups(at=timezone.now())
