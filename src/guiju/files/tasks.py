"""Work for the worker; arguments are ids only, each task opens its own scope."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.files.models import Attachment
from guiju.files.services import checking


@app.task(queue="imports", retry=3)
def check_attachment(attachment_id: str, entity_id: str) -> None:
    """Search the words of a file that has just come in."""
    checking.check_attachment(attachment_id=UUID(attachment_id), entity_id=UUID(entity_id), at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queue="imports", pass_context=False)
def check_left_waiting(timestamp: int) -> None:
    """Files whose own task was lost are read late rather than never."""
    for attachment_id, entity_id in checking.left_waiting(at=timezone.now()):
        checking.check_attachment(attachment_id=attachment_id, entity_id=entity_id, at=timezone.now())


def check_later(made: Attachment) -> None:
    """Have the words of a new file searched, once it is committed."""
    if made.reading == Attachment.Reading.WAITING:
        check_attachment.defer(attachment_id=str(made.pk), entity_id=str(made.entity_id))
