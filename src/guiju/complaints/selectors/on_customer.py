"""What the timeline of a customer shows of complaints (客户的投诉)."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils import timezone

from guiju.complaints.models import Complaint
from guiju.complaints.selectors.cases import reading_complaints
from guiju.customers.models import Customer
from guiju.customers.registry import Beside, Event
from guiju.customers.selectors.reading import Reading
from guiju.organisations.permissions import reach_of

MOST = 50


def complaints_beside(seen: Reading, customer: Customer) -> Beside:
    """When each complaint came in and how it ended, on the page of the whole timeline; its words stand in the case only."""
    if reach_of(seen.member, "complaint.read") is None or customer.is_frozen("name"):
        return Beside()
    return Beside(further=lambda: _events(seen, customer))


def _events(seen: Reading, customer: Customer) -> Sequence[Event]:
    with reading_complaints(seen.member, at=timezone.now(), on=seen.on) as reading:
        found = list(reading.rows().filter(customer=customer).order_by("-received_at", "-id")[:MOST])
    return [event for one in found for event in _of(one)]


def _of(case: Complaint) -> list[Event]:
    url = reverse("complaint_detail", args=[case.pk])
    events = [Event(case.received_at, "投诉", f"收到投诉 {case.number}（{case.get_channel_display()}）", url=url)]
    if case.closed_at is not None:
        result = f"：{case.get_result_display()}" if case.result else ""
        events.append(Event(case.closed_at, "投诉", f"{case.number} {case.get_state_display()}{result}", url=url))
    return events
