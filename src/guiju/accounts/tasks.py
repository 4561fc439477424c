"""What the clock does: sessions whose time is over are taken away."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.accounts.services.sessions import clear_sessions


@app.periodic(cron="43 * * * *")
@app.task(queue="clock", pass_context=False)
def take_old_sessions_away(timestamp: int) -> None:
    """An expired session lets nobody in; it holds an address and a browser, which need not be kept."""
    clear_sessions(at=timezone.now())
