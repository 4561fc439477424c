"""What the clock does: what has outlived its time is packed or taken away."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.accounts import requests
from guiju.accounts.services.sessions import clear_sessions


@app.periodic(cron="43 * * * *")
@app.task(queue="clock", pass_context=False)
def take_old_sessions_away(timestamp: int) -> None:
    """An expired session lets nobody in; it holds an address and a browser, which need not be kept."""
    clear_sessions(at=timezone.now())


@app.periodic(cron="17 3 * * *")
@app.task(queue="clock", pass_context=False)
def tidy_request_log(timestamp: int) -> None:
    """Files of earlier days are packed; those older than half a year and some weeks go."""
    requests.tidy(today=timezone.localdate())
