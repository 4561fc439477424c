"""What the clock does for the log: checkpoints are taken to those who keep them."""

from __future__ import annotations

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.evidence.installation import folder
from guiju.evidence.services.anchoring import anchor_checkpoints


@app.periodic(cron="* * * * *")
@app.task(queue="clock", pass_context=False, lock="anchors", queueing_lock="anchors")
def anchor_newest(timestamp: int) -> None:
    """Every minute, since it costs a query a target when nothing is due."""
    anchor_checkpoints(folder(), at=timezone.now())
