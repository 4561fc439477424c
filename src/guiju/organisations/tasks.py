"""Work for the worker; arguments are ids only, each task opens its own scope."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.organisations import selectors
from guiju.organisations.services import company_import


@app.task(queue="imports", retry=3)
def run_company_import(import_id: str, member_id: str, user_id: str) -> None:
    """Take in a confirmed file of companies as the member who confirmed it."""
    with selectors.acting_by_id(UUID(member_id), UUID(user_id)) as member:
        company_import.run_company_import(import_id=UUID(import_id), actor=member, at=timezone.now())
