"""What the clock does: a new quarter begins its reviews."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.access.services.reviews import open_rights_reviews


@app.periodic(cron="17 * * * *")
@app.task(queue="clock", pass_context=False)
def begin_reviews(timestamp: int) -> None:
    """Every hour, since it costs one query when there is nothing to begin."""
    open_rights_reviews(at=timezone.now())
