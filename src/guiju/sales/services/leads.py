"""Leads are entered, become opportunities, or are given up (线索). Who it is, is the customer's record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Customer
from guiju.customers.services.customers import Saved, add_customer, locked_customer
from guiju.customers.services.intake import How
from guiju.database.models import new_id
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require, sight_of
from guiju.sales.models import Lead
from guiju.sales.selectors.stages import stages_of
from guiju.sales.services.details import LONGEST_TEXT, Details, one_line, problems_of_text
from guiju.sales.services.opportunities import add_opportunity, refuse_gone, refuse_unusable


@transaction.atomic
def add_lead(
    *, kind: str, values: Mapping[str, str], how: How, interest: str, actor: Member, at: datetime
) -> tuple[Lead, Saved]:
    """Enter somebody who isn't qualified yet (登记线索): a customer through the one door, with what they ask for.

    Returns what the door saved with it: values that were refused are named there with their reason.
    """
    saved = add_customer(kind=kind, values=values, how=how, actor=actor, at=at)
    return open_lead(customer_id=saved.customer.pk, interest=interest, actor=actor, at=at), saved


@transaction.atomic
def open_lead(*, customer_id: UUID, interest: str, actor: Member, at: datetime) -> Lead:
    """A customer who is there asks for something that nobody has looked into yet."""
    require(actor, "opportunity.add", on=actor.entity_id)
    customer = locked_customer(customer_id, actor, "customer.read", at)
    if customer.entity_id != actor.entity_id:
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    refuse_gone(customer)
    if problems := problems_of_text(interest, "意向", "interest", LONGEST_TEXT):
        raise Refused.because(problems)
    if Lead.objects.filter(customer=customer, state=Lead.State.OPEN).exists():
        raise Refused("lead_open", "这位客户已经有一条待确认的线索")
    made = Lead(
        id=new_id(),
        entity_id=actor.entity_id,
        customer=customer,
        interest=one_line(interest),
        made_by=actor,
        made_at=at,
        changed_at=at,
    )
    made.save(force_insert=True)
    record(Act("sales.add_lead", actor, at), entity_id=made.entity_id, subject=made)
    return made


@transaction.atomic
def qualify_lead(*, lead_id: UUID, details: Details, actor: Member, at: datetime, stage: str = "") -> Lead:
    """They may buy (线索转商机): an opportunity with the same customer takes the place of the lead."""
    found = _locked(lead_id, actor, at)
    found.opportunity = add_opportunity(customer_id=found.customer_id, details=details, actor=actor, at=at, stage=stage)
    found.state, found.closed_at, found.changed_at = Lead.State.QUALIFIED, at, at
    found.save()
    record(Act("sales.qualify_lead", actor, at), entity_id=found.entity_id, subject=found)
    return found


@transaction.atomic
def discard_lead(*, lead_id: UUID, reason: str, actor: Member, at: datetime, note: str = "") -> Lead:
    """Nothing will come of it (线索不再跟进), for one of the reasons of the company."""
    found = _locked(lead_id, actor, at)
    if reason not in stages_of(found.entity_id).offered:
        raise Refused("lost_reason", "请选择原因", field="reason")
    if problems := problems_of_text(note, "说明", "note", LONGEST_TEXT):
        raise Refused.because(problems)
    found.reason, found.note = reason, one_line(note)
    found.state, found.closed_at, found.changed_at = Lead.State.DISCARDED, at, at
    found.save()
    record(Act("sales.discard_lead", actor, at), entity_id=found.entity_id, subject=found)
    return found


@transaction.atomic
def reopen_lead(*, lead_id: UUID, actor: Member, at: datetime) -> Lead:
    """Take back that a lead was given up (重新打开线索)."""
    found = _locked(lead_id, actor, at, state=Lead.State.DISCARDED)
    if Lead.objects.filter(customer_id=found.customer_id, state=Lead.State.OPEN).exists():
        raise Refused("lead_open", "这位客户已经有一条待确认的线索")
    found.state, found.reason, found.note, found.closed_at, found.changed_at = Lead.State.OPEN, "", "", None, at
    found.save()
    record(Act("sales.reopen_lead", actor, at), entity_id=found.entity_id, subject=found)
    return found


_NOT_SO = {
    Lead.State.OPEN: "这条线索正在等待确认",
    Lead.State.QUALIFIED: "这条线索已转商机",
    Lead.State.DISCARDED: "这条线索已不再跟进",
}


def _locked(lead_id: UUID, actor: Member, at: datetime, *, state: Lead.State = Lead.State.OPEN) -> Lead:
    """A lead that the member's right covers, locked with its customer, whose hands are its own."""
    sight = sight_of(actor, "opportunity.change", on=day_of(at))
    found = None
    if sight.reach is not None:
        rows = Lead.objects.filter(pk=lead_id, entity_id=actor.entity_id)
        # The customer first, as whoever opens a lead and whoever merges does: a customer has one open lead.
        customer = Customer.objects.select_for_update(of=("self",)).filter(pk__in=rows.values("customer_id")).first()
        rows = rows.select_for_update(of=("self",)).filter(customer=customer)
        found = sight.of(rows, owner="customer__owner").select_related("customer__subject").first()
    if found is None:
        raise Missing("lead_missing", "没有这条线索，或您的角色不能办理")
    refuse_unusable(found.customer)
    if found.state != state:
        raise Refused("lead_state", _NOT_SO[Lead.State(found.state)])
    return found
