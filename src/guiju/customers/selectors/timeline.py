"""Everything about a customer in the order in which it happened (时间线)."""

from __future__ import annotations

from guiju.customers.models import Customer, Note
from guiju.customers.registry import TIMELINE, Event
from guiju.customers.selectors.merges import merge_events
from guiju.customers.selectors.reading import Reading
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import Consent
from guiju.privacy.scanning import masked_in, masked_text

MOST = 100


def timeline_of(seen: Reading, customer: Customer) -> list[Event]:
    """The newest first: notes, consents, and what the parts above bring."""
    events = [*_notes(seen, customer), *_consents(seen, customer), *merge_events(seen, customer)]
    for provide in TIMELINE:
        events += provide(seen, customer)
    return sorted(events, key=lambda one: one.at, reverse=True)[:MOST]


def _notes(seen: Reading, customer: Customer) -> list[Event]:
    if customer.is_frozen("name"):
        return []
    treat = seen.treat_text(customer)
    notes = Note.objects.filter(customer=customer, removed_at=None).select_related("by__user").order_by("-at")[:MOST]
    return [
        Event(
            one.at,
            one.get_way_display(),
            customer.without_name(masked_text(one.text, treat)),
            one.by.user.name,
            note_id=one.pk,
            masked=frozenset(masked_in(one.text, treat)),
        )
        for one in notes
    ]


def _consents(seen: Reading, customer: Customer) -> list[Event]:
    events = []
    for one in seen.consents_of(customer):
        purpose = PURPOSES.get(one.purpose, one.purpose)
        events.append(Event(one.given_at, "同意", f"用于{purpose}（{one.get_channel_display()}）"))
        if one.ended_at and one.ending != Consent.Ending.REPLACED:
            events.append(Event(one.ended_at, one.get_ending_display(), f"用于{purpose}的同意"))
    return events
