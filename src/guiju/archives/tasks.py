"""What the clock does: disposals of more than one batch are carried out behind the decision."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.archives.services.disposals import carry_out_allowed
from guiju.archives.services.periods import ask_about_over


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False)
def carry_out(timestamp: int) -> None:
    """Reads the state of the database: what was broken off goes on at the next minute."""
    carry_out_allowed(at=timezone.now())


@app.periodic(cron="37 4 * * *")
@app.task(queue="clock", pass_context=False, lock="periods")
def look_for_over(timestamp: int) -> None:
    """What is kept for longer than the schedule says becomes a task."""
    ask_about_over(at=timezone.now())
