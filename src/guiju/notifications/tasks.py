"""What the clock does: the digests of the morning."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.notifications.services.digests import post_digests


@app.periodic(cron="*/5 * * * *")
@app.task(queue="clock", pass_context=False, lock="digests")
def keep_digests(timestamp: int) -> None:
    post_digests(at=timezone.now())
