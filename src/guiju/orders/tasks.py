"""Work for the worker; arguments are ids only, each task opens its own scope."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.database.scope import scope
from guiju.kernel.errors import Missing, NotAllowed
from guiju.orders.services import erasing, import_undo, table_import
from guiju.organisations.selectors import acting_by_id


@app.periodic(cron="41 3 * * *")
@app.task(queue="clock", pass_context=False)
def let_go_of_files(timestamp: int) -> None:
    """Files that nobody confirmed, and rows that came back and that nobody mended, are forgotten."""
    erasing.let_go_of_files(at=timezone.now())


@app.task(queue="imports", retry=3)
def run_table_import(import_id: str, entity_id: str, member_id: str, user_id: str) -> None:
    """Take in a confirmed file as the member who confirmed it."""
    try:
        with acting_by_id(UUID(member_id), UUID(user_id)) as member:
            table_import.run_table_import(import_id=UUID(import_id), actor=member, at=timezone.now())
    except (Missing, NotAllowed) as error:
        # The member left, or lost the right, after confirming.
        with scope(entities={UUID(entity_id)}):
            table_import.end_table_import(import_id=UUID(import_id), sentence=error.sentence)


@app.task(queue="imports", retry=3)
def run_table_undo(import_id: str, member_id: str, user_id: str) -> None:
    """Take an import back as the member who asked for it."""
    with acting_by_id(UUID(member_id), UUID(user_id)) as member:
        import_undo.run_table_undo(import_id=UUID(import_id), actor=member, at=timezone.now())
