"""The notes of an opportunity (商机的跟进), as its customer's notes may be read."""

from __future__ import annotations

from dataclasses import replace

from guiju.customers.models import Note
from guiju.customers.registry import Event
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.timeline import note_events
from guiju.kernel.errors import Missing
from guiju.organisations.permissions import reach_of
from guiju.sales.models import DealNote, Opportunity
from guiju.sales.selectors.reading import PURPOSE, Deals

MOST = 100


def notes_of(seen: Deals, row: Opportunity) -> list[Event]:
    """The newest first; none where the member doesn't see the customer, or nothing of theirs may be used."""
    if row.customer.is_frozen("name") or reach_of(seen.member, "customer.read") is None:
        return []
    with reading(seen.member, purpose=PURPOSE, on=seen.on) as customers:
        try:
            customer = customers.customer(row.customer_id)
        except Missing:
            return []
        about = DealNote.objects.filter(opportunity=row).values("note")
        # A merge that was undone leaves what was written since with the one that stayed: it is about another person.
        rows = Note.objects.filter(pk__in=about, customer_id=row.customer_id, removed_at=None)
        # What is taken back is taken back on the customer's page.
        found = note_events(customers, customer, rows.order_by("-at", "-pk")[:MOST])
        return [replace(one, note_id=None) for one in found]
