"""Work for the worker; arguments are ids only, each task opens its own scope."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.database.scope import scope
from guiju.directory.services import intake
from guiju.kernel.errors import GuijuError
from guiju.organisations import selectors


@app.task(queue="imports", retry=3)
def work_on_intake(intake_id: str, entity_id: str, member_id: str, user_id: str) -> None:
    """Compare a list that was uploaded, or carry out one that was confirmed, as the member who did it."""
    try:
        with selectors.acting_by_id(UUID(member_id), UUID(user_id)) as member:
            at = timezone.now()
            intake.preview_intake(intake_id=UUID(intake_id), actor=member, at=at)
            intake.run_intake(intake_id=UUID(intake_id), actor=member, at=at)
    except GuijuError as error:
        # The list can't be carried out any more, or the member left or lost the right meanwhile.
        with scope(entities={UUID(entity_id)}):
            intake.end_intake(intake_id=UUID(intake_id), sentence=error.sentence)
