"""What the page of a customer shows of its opportunities: a card, and lines of the timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Beside, Event, Panel
from guiju.customers.selectors.reading import Reading
from guiju.evidence.selectors import histories_of
from guiju.organisations.permissions import allows, reach_of
from guiju.organisations.selectors.people import names_of
from guiju.privacy.scanning import masked_text
from guiju.sales.models import Opportunity
from guiju.sales.records import OPPORTUNITY, TODO
from guiju.sales.selectors.reading import Line, deals, text_about
from guiju.sales.selectors.stages import stages_of
from guiju.sales.selectors.today import todos_about

MOST = 50


def deals_beside(reading: Reading, customer: Customer) -> Beside:
    """The card 商机, and when each opportunity began and how it ended; nothing where the member may see none, or
    nothing of the customer."""
    member = reading.member
    if customer.is_frozen("name") or customer.entity_id != member.entity_id:
        return Beside()
    if reach_of(member, "opportunity.read") is None or not reading.may_use_beside(customer, OPPORTUNITY):
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
    events = [event for line in lines for event in _events(line, names)]
    return Beside(panel, events, lambda: _moves(lines))


def todos_beside(reading: Reading, customer: Customer) -> Beside:
    """The card 待办事项, and what was done: of what concerns them, for whoever sees the customer, as far as to-dos are for
    the purpose."""
    member = reading.member
    if customer.is_frozen("name") or customer.entity_id != member.entity_id:
        return Beside()
    if not reading.may_use_beside(customer, TODO):
        return Beside()
    rows = list(todos_about(customer)[:MOST])
    treat = reading.treat_text(customer)
    titles = (masked_text(one.title, treat) for one in rows)
    shown = [
        (one, text_about(customer, title, shown=customer.shown_name)) for one, title in zip(rows, titles, strict=True)
    ]
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


def _moves(lines: Sequence[Line]) -> list[Event]:
    """Each step of these opportunities from stage to stage, out of the log: the row knows only where it stands now."""
    if not lines:
        return []
    histories, stages = histories_of([line.row for line in lines]), stages_of(lines[0].row.entity_id)
    moves = [
        (line, one, change)
        for line in lines
        for one in histories[line.row.pk]
        for change in one.changes
        if change.field == "stage" and change.old
    ]
    names = names_of({one.actor_id for _, one, _ in moves if one.actor_id})
    return [
        Event(
            one.at,
            "商机阶段",
            f"商机“{line.name}”：{stages.label(str(change.old))} → {stages.label(str(change.new))}",
            names.get(one.actor_id, "") if one.actor_id else "系统",
            _address(line.row),
        )
        for line, one, change in moves
    ]
