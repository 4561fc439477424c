"""What the page of a customer shows of its opportunities: a card, and lines of the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Beside, Event, Panel
from guiju.customers.selectors.reading import Reading
from guiju.organisations.permissions import allows, reach_of
from guiju.sales.models import Opportunity
from guiju.sales.selectors.reading import Line, deals, text_about
from guiju.sales.selectors.today import todos_about

MOST = 50


def deals_beside(reading: Reading, customer: Customer) -> Beside:
    """The card 商机, and when each opportunity began and how it ended; nothing where the member may see none, or
    nothing of the customer."""
    member = reading.member
    if customer.is_frozen("name") or customer.entity_id != member.entity_id:
        return Beside()
    if reach_of(member, "opportunity.read") is None:
        return Beside()
    lines = _lines(reading, customer)
    may_add = allows(member, "opportunity.add", on=member.entity_id) and customer.ended_on is None
    about = f"?customer={customer.pk}"
    adds = [("登记商机", reverse("add_opportunity") + about), ("登记线索", reverse("add_lead") + about)]
    panel = Panel(
        "sales/customer_panel.html",
        {"lines": lines, "customer_id": customer.pk, "may_add": may_add},
        "商机",
        adds if may_add else [],
        is_empty=not lines,
    )
    names = reading.names(one for line in lines for one in (line.row.made_by_id, line.row.owner_id))
    return Beside(panel, [event for line in lines for event in _events(line, names)])


def todos_beside(reading: Reading, customer: Customer) -> Beside:
    """The card 待办事项, and what was done: of what concerns them, for whoever sees the customer."""
    member = reading.member
    if customer.is_frozen("name") or customer.entity_id != member.entity_id:
        return Beside()
    rows = list(todos_about(customer)[:MOST])
    shown = [(one, text_about(customer, one.title, shown=customer.shown_name)) for one in rows]
    address = f"{reverse('add_todo')}?customer={customer.pk}"
    waiting = [line for line in shown if line[0].done_at is None]
    context = {"lines": waiting, "add": address if customer.ended_on is None else ""}
    adds = [("记待办", address)] if customer.ended_on is None else []
    panel = Panel("sales/todo_panel.html", context, "待办事项", adds, is_empty=not waiting)
    done = [Event(one.done_at, "待办", f"办完“{title}”", one.member.user.name) for one, title in shown if one.done_at]
    return Beside(panel, done)


def _lines(reading: Reading, customer: Customer) -> list[Line]:
    with deals(reading.member, on=reading.on) as seen:
        rows = seen.rows().filter(customer=customer).select_related(None)[:MOST]
        for row in (found := list(rows)):
            row.customer = customer
        return seen.lines(found)


def _events(line: Line, names: Mapping[UUID, str]) -> list[Event]:
    row = line.row
    events = [Event(row.made_at, "商机", f"登记商机“{line.name}”", names[row.made_by_id], _address(row))]
    if row.closed_at is not None:
        label = Opportunity.State(row.state).label
        events.append(Event(row.closed_at, label, f"商机“{line.name}”{label}", names[row.owner_id], _address(row)))
    return events


def _address(row: Opportunity) -> str:
    return reverse("opportunity_detail", args=[row.pk])
