"""What happened with an opportunity is written down once, with its customer (商机的跟进)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.services.notes import NoteDetails, SavedNote, add_note
from guiju.database.models import new_id
from guiju.evidence.services import Act, record
from guiju.organisations.models import Member
from guiju.sales.models import DealNote
from guiju.sales.services.opportunities import locked_opportunity


@transaction.atomic
def add_deal_note(*, opportunity_id: UUID, details: NoteDetails, actor: Member, at: datetime) -> SavedNote:
    """Write down what happened with an opportunity (登记商机的跟进); it is a note of the customer, and shows on both.

    Raises `Refused` as `add_note` does.
    """
    found = locked_opportunity(opportunity_id, actor, "opportunity.read", at)
    saved = add_note(customer_id=found.customer_id, details=details, actor=actor, at=at)
    made = DealNote(id=new_id(), entity_id=found.entity_id, opportunity=found, note=saved.note)
    made.save(force_insert=True)
    record(Act("sales.add_deal_note", actor, at), entity_id=made.entity_id, subject=made)
    return saved
