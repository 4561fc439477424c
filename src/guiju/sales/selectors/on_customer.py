"""What the page of a customer shows of its opportunities: a card, and lines of the timeline."""

from __future__ import annotations

from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Event, Panel
from guiju.customers.selectors.reading import Reading
from guiju.organisations.permissions import allows, reach_of
from guiju.sales.models import Opportunity
from guiju.sales.selectors.reading import Line, deals

MOST = 50


def panel_for(reading: Reading, customer: Customer) -> Panel | None:
    """The card 商机; None where the member may see no opportunities, or nothing of the customer."""
    member = reading.member
    if customer.is_frozen("name") or customer.entity_id != member.entity_id:
        return None
    if reach_of(member, "opportunity.read") is None:
        return None
    may_add = allows(member, "opportunity.add", on=member.entity_id) and customer.ended_on is None
    lines, about = _lines(reading, customer), f"?customer={customer.pk}"
    adds = [("登记商机", reverse("add_opportunity") + about), ("记待办", reverse("add_todo") + about)]
    return Panel(
        "sales/customer_panel.html",
        {"lines": lines, "customer_id": customer.pk, "may_add": may_add},
        "商机",
        adds if may_add else [],
        is_empty=not lines,
    )


def events_for(reading: Reading, customer: Customer) -> list[Event]:
    """When each opportunity began and how it ended."""
    if customer.is_frozen("name") or customer.entity_id != reading.member.entity_id:
        return []
    if reach_of(reading.member, "opportunity.read") is None:
        return []
    return [event for line in _lines(reading, customer) for event in _events(line)]


def _lines(reading: Reading, customer: Customer) -> list[Line]:
    with deals(reading.member, on=reading.on) as seen:
        rows = seen.rows().filter(customer=customer).select_related("made_by__user")
        return seen.lines(rows[:MOST])


def _events(line: Line) -> list[Event]:
    row = line.row
    events = [Event(row.made_at, "商机", f"登记商机“{line.name}”", row.made_by.user.name, _address(row))]
    if row.closed_at is not None:
        label = Opportunity.State(row.state).label
        events.append(Event(row.closed_at, label, f"商机“{line.name}”{label}", row.owner.user.name, _address(row)))
    return events


def _address(row: Opportunity) -> str:
    return reverse("opportunity_detail", args=[row.pk])
