"""Everything about a customer in the order in which it happened (时间线)."""

from __future__ import annotations

from collections.abc import Iterable

from guiju.customers.models import Customer, Note
from guiju.customers.registry import Event
from guiju.customers.selectors.merges import merge_events
from guiju.customers.selectors.reading import Reading
from guiju.organisations.registry import PURPOSES
from guiju.privacy.models import Consent
from guiju.privacy.scanning import masked_in, masked_text

MOST = 100


def timeline_of(seen: Reading, customer: Customer, beside: Iterable[Event] = ()) -> list[Event]:
    """The newest first: notes, consents, and what the parts above bring."""
    events = [*_notes(seen, customer), *_consents(seen, customer), *merge_events(seen, customer), *beside]
    return sorted(events, key=lambda one: one.at, reverse=True)[:MOST]


def _notes(seen: Reading, customer: Customer) -> list[Event]:
    if customer.is_frozen("name") or not seen.may_use_notes(customer):
        return []
    treat = seen.treat_text(customer)
    notes = list(Note.objects.filter(customer=customer, removed_at=None).order_by("-at")[:MOST])
    names = seen.names(one.by_id for one in notes)
    return [
        Event(
            one.at,
            one.get_way_display(),
            customer.without_name(masked_text(one.content, treat)),
            names[one.by_id],
            note_id=one.pk,
            masked=frozenset(masked_in(one.content, treat)),
        )
        for one in notes
    ]


def _consents(seen: Reading, customer: Customer) -> list[Event]:
    events: list[Event] = []
    if customer.subject_id is None or not seen.may_read_consents(customer):
        return events
    for one in seen.consents_of(customer):
        purpose = PURPOSES.get(one.purpose, one.purpose)
        events.append(Event(one.given_at, "同意", f"用于{purpose}（{one.get_channel_display()}）"))
        if one.ended_at and one.ending != Consent.Ending.REPLACED:
            events.append(Event(one.ended_at, one.get_ending_display(), f"用于{purpose}的同意"))
    return events
