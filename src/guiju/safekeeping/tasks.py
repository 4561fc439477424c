"""Work for the worker; arguments are ids only."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.types import TimeDeltaParams

from guiju.safekeeping.services.key_changes import end_key_change, reseal_everything

_AGAIN: TimeDeltaParams = {"seconds": 15}


@app.task(queue="keys", retry=5)
def follow_key_change(change_id: str, entity_id: str) -> None:
    """Seal anew what lies under an earlier key, and destroy it; comes again until that can be done."""
    change, entity = UUID(change_id), UUID(entity_id)
    reseal_everything(change_id=change, entity_id=entity)
    if not end_key_change(change_id=change, entity_id=entity, at=timezone.now()):
        follow_key_change.configure(schedule_in=_AGAIN).defer(change_id=change_id, entity_id=entity_id)
