"""Work for the worker; arguments are ids only, each batch opens its own scope and transaction."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone
from procrastinate.contrib.django import app

from guiju.customers.models import CustomerImport
from guiju.customers.services import customer_import as services
from guiju.customers.services.calling_back import release_neglected
from guiju.customers.services.import_files import let_go_of_imports
from guiju.customers.services.import_undo import undo_batch
from guiju.customers.services.preparing import prepared_batches
from guiju.customers.services.reading_names import read_names
from guiju.customers.services.sealing import seal_imports, seal_notes, seal_values
from guiju.database.scope import scope
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.selectors import acting_by_id


@app.periodic(cron="11 * * * *")
@app.task(queue="clock", pass_context=False)
def call_back_neglected(timestamp: int) -> None:
    """Customers to whom nobody spoke for too long go into the pool."""
    release_neglected(at=timezone.now())


@app.periodic(cron="23 3 * * *")
@app.task(queue="clock", pass_context=False)
def let_go_of_old_imports(timestamp: int) -> None:
    """Files that nobody confirmed, finished or mended for a month are forgotten."""
    let_go_of_imports(at=timezone.now())


@app.periodic(cron="23 * * * *")
@app.task(queue="clock", pass_context=False)
def seal_open_notes(timestamp: int) -> None:
    """Texts of notes, and what files said of consents, are sealed where they lie open."""
    seal_notes(at=timezone.now())
    seal_imports(at=timezone.now())


@app.periodic(cron="41 2 * * *")
@app.task(queue="clock", pass_context=False)
def seal_open_values(timestamp: int) -> None:
    """Values whose field lies sealed by now; at night, for every record is looked at."""
    seal_values(at=timezone.now())


@app.periodic(cron="*/10 * * * *")
@app.task(queue="clock", pass_context=False)
def read_missing_names(timestamp: int) -> None:
    """Names that came in before they had keys are found and sorted like the others."""
    read_names()


@app.task(queue="imports", retry=3)
def run_customer_import(import_id: str, entity_id: str, member_id: str, user_id: str) -> None:
    """Take in a confirmed file of customers as the member who confirmed it; goes on where it was broken off."""
    pk, sentence, notes = UUID(import_id), "", []
    with scope(entities={UUID(entity_id)}):
        found = CustomerImport.objects.get(pk=pk)
    try:
        with scope(entities={UUID(entity_id)}):
            # The key of a company is asked for within its scope; the file is read outside of any transaction.
            content = services.content_of(found)
        with services.opened(found, content) as table:
            for lines, prepared in prepared_batches(table, found, UUID(member_id), UUID(user_id)):
                with acting_by_id(UUID(member_id), UUID(user_id)) as member:
                    services.import_batch(import_id=pk, lines=lines, actor=member, at=timezone.now(), prepared=prepared)
            notes = table.notes
    except (Missing, NotAllowed, Refused) as error:
        # The member left, or lost the right, after confirming; or the file can't be read on.
        sentence = error.sentence
    with scope(entities={UUID(entity_id)}):
        services.finish_customer_import(import_id=pk, notes=notes, sentence=sentence)


@app.task(queue="imports", retry=3)
def run_import_undo(import_id: str, entity_id: str, member_id: str, user_id: str) -> None:
    """Take an import back as the member who asked for it; goes on where it was broken off."""
    goes_on = True
    while goes_on:
        with acting_by_id(UUID(member_id), UUID(user_id)) as member:
            goes_on = undo_batch(import_id=UUID(import_id), actor=member, at=timezone.now())
