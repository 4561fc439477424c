"""Work for the worker; arguments are ids only, each task opens its own scope."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.database.scope import scope
from guiju.kernel.errors import Missing, NotAllowed
from guiju.organisations import selectors
from guiju.organisations.services import company_import


@app.task(queue="imports", retry=3)
def run_company_import(import_id: str, entity_id: str, member_id: str, user_id: str) -> None:
    """Take in a confirmed file of companies as the member who confirmed it."""
    try:
        with selectors.acting_by_id(UUID(member_id), UUID(user_id)) as member:
            company_import.run_company_import(import_id=UUID(import_id), actor=member, at=timezone.now())
    except (Missing, NotAllowed) as error:
        # The member left, or lost the right, after confirming.
        with scope(entities={UUID(entity_id)}):
            company_import.end_company_import(import_id=UUID(import_id), sentence=error.sentence)
