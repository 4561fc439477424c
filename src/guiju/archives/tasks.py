"""What the clock does: disposals of more than one batch are carried out behind the decision."""

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.archives.services.disposals import carry_out_allowed


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False)
def carry_out(timestamp: int) -> None:
    """Reads the state of the database: what was broken off goes on at the next minute."""
    carry_out_allowed(at=timezone.now())
