"""What the clock does: searches and freezings of more than one batch go on behind the page."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.privacy.services.cleanup import carry_on_cleanups
from guiju.privacy.services.endings import tell_waiting
from guiju.privacy.services.messages import clear_unanswered
from guiju.privacy.services.sealing import seal_proofs


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False)
def carry_on(timestamp: int) -> None:
    """Reads the state of the database: what was broken off goes on at the next minute."""
    carry_on_cleanups(at=timezone.now())


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False, lock="endings")
def tell_who_has_not_heard(timestamp: int) -> None:
    """Of what ended, who has not heard yet: a process was cut off before it told them, or one of them failed."""
    tell_waiting(at=timezone.now())


@app.periodic(cron="29 * * * *")
@app.task(queue="clock", pass_context=False)
def seal_open_proofs(timestamp: int) -> None:
    """Proofs that lie open are sealed; once none is left, an index says so at once."""
    seal_proofs(at=timezone.now())


@app.periodic(cron="41 3 * * *")
@app.task(queue="clock", pass_context=False)
def clear_old_messages(timestamp: int) -> None:
    """What people wrote and nobody dealt with in its time is forgotten."""
    clear_unanswered(at=timezone.now())
