"""What the page of a customer shows of its opportunities and its open lead: a card, and lines of the timeline."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet, Value
from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.registry import Beside, Event, Panel
from guiju.customers.selectors.reading import Reading
from guiju.evidence.selectors import histories_of
from guiju.organisations.permissions import allows, reach_of
from guiju.organisations.selectors.people import names_of
from guiju.privacy.scanning import masked_text
from guiju.sales.models import Lead, Opportunity
from guiju.sales.records import OPPORTUNITY, TODO
from guiju.sales.selectors.leads import leads_of
from guiju.sales.selectors.reading import Deals, Line, deals, text_about
from guiju.sales.selectors.stages import stages_of
from guiju.sales.selectors.today import todos_about

MOST = 50


def deals_beside(reading: Reading, customer: Customer) -> Beside:
    """The card 商机, with the lead that waits, and when each of them began and how it ended; nothing where the member may
    see none, or nothing of the customer."""
    member = reading.member
    if customer.is_frozen("name") or customer.entity_id != member.entity_id:
        return Beside()
    if reach_of(member, "opportunity.read") is None or not reading.may_use_beside(customer, OPPORTUNITY):
        return Beside()
    lines, lead, interest = _lines(reading, customer)
    may_add = allows(member, "opportunity.add", on=member.entity_id) and customer.ended_on is None
    about = f"?customer={customer.pk}"
    adds = [("登记商机", reverse("add_opportunity") + about)]
    if lead is None:
        adds.append(("登记线索", reverse("add_lead") + about))
    panel = Panel(
        "sales/customer_panel.html",
        {
            "lines": lines,
            "lead": lead,
            "interest": interest,
            "may_change": reach_of(member, "opportunity.change") is not None,
            "customer_id": customer.pk,
            "may_add": may_add,
        },
        "商机",
        adds if may_add else [],
        is_empty=not lines and lead is None,
    )
    people = [one for line in lines for one in (line.row.made_by_id, line.row.owner_id)]
    names = reading.names([*people, lead.made_by_id] if lead else people)
    events = [event for line in lines for event in _events(line, names)]
    if lead is not None:
        events.append(
            Event(lead.made_at, "线索", f"登记线索{f'“{interest}”' if interest else ''}", names[lead.made_by_id])
        )
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


def _lines(reading: Reading, customer: Customer) -> tuple[list[Line], Lead | None, str]:
    """The opportunities of a customer, the lead that waits, and what it asks for as the member may read it."""
    with deals(reading.member, on=reading.on) as seen:
        rows, lead = _deals_and_lead(seen, customer)
        interest = text_about(customer, seen.shown(lead.interest), shown=customer.shown_name) if lead else ""
        return seen.lines(rows), lead, interest


_FIELDS = Opportunity._meta.concrete_fields
_COLUMNS = [one.attname for one in _FIELDS]
_OF_LEAD: dict[str, Any] = {
    **{name: F(name) for name in ("id", "entity_id", "customer_id", "state", "made_by_id", "made_at", "changed_at")},
    "name": F("interest"),
}


def _deals_and_lead(seen: Deals, customer: Customer) -> tuple[list[Opportunity], Lead | None]:
    """Both in one statement, for each page of a customer asks it: the lead stands in the columns of an opportunity, and
    has no stage."""

    def of_customer(rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(customer=customer).select_related(None)

    waiting = of_customer(leads_of(seen)).filter(state=Lead.State.OPEN).order_by()
    as_deal = waiting.values_list(*(_OF_LEAD.get(one.attname, Value(None, one)) for one in _FIELDS))
    newest = of_customer(seen.rows())[:MOST].values_list(*_COLUMNS)
    deals, lead = [], None
    for one in newest.union(as_deal, all=True).order_by("-made_at", "-id"):
        said = dict(zip(_COLUMNS, one, strict=True))
        if said["stage"] is None:
            told = {name: said[name] for name in _OF_LEAD if name != "name"}
            lead = Lead(interest=said["name"], **told)
        else:
            deals.append(Opportunity.from_db("default", _COLUMNS, one))
            deals[-1].customer = customer
    return deals, lead


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
