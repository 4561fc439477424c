"""What this part holds of customers, and what a member has in hand here (留存处, 交接)."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from guiju.archives.registry import Holder, register_holder
from guiju.customers.registry import BUSY, MOVED, Moved
from guiju.customers.selectors.attachments import of_customer
from guiju.evidence.services import Act, record
from guiju.files.registry import Owner, register_owner
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.registry import HOLDINGS, Holding
from guiju.privacy.registry import register_keeper
from guiju.sales.models import Lead, Opportunity, Todo
from guiju.sales.selectors import along, attachments
from guiju.sales.services import erasing
from guiju.sales.services.merging import MovedLeads
from guiju.sales.services.opportunities import locked_opportunity, written

register_holder(Holder("sales.opportunities", "商机的文字", erasing.count_opportunities, erasing.destroy_opportunities))
register_holder(Holder("sales.leads", "线索的文字", erasing.count_leads, erasing.destroy_leads))
register_holder(Holder("sales.todos", "待办事项", erasing.count_todos, erasing.destroy_todos))

for _code, _along in (
    ("sales.opportunities", along.OPPORTUNITIES),
    ("sales.leads", along.LEADS),
    ("sales.todos", along.TODOS),
):
    register_keeper(_along.keeper(_code))


def _count(member: Member) -> int:
    return Opportunity.objects.filter(owner=member, state=Opportunity.State.OPEN).count()


def _hand_over(member: Member, successor: Member, act: Act) -> None:
    mine = Opportunity.objects.select_for_update(of=("self",)).filter(owner=member, state=Opportunity.State.OPEN)
    for found in mine:
        found.owner = successor
        written(found, act)


def _open_todos(member: Member) -> QuerySet[Todo]:
    """What they wanted to do about customers; what is about none is theirs alone and stays."""
    return Todo.objects.filter(member=member, done_at=None, removed_at=None, customer__isnull=False)


def _count_todos(member: Member) -> int:
    return _open_todos(member).count()


def _hand_over_todos(member: Member, successor: Member, act: Act) -> None:
    for found in _open_todos(member).select_for_update(of=("self",)).order_by("pk"):
        found.member = successor
        found.save(update_fields=["member"])
        record(act, entity_id=found.entity_id, subject=found)


HOLDINGS.append(Holding("商机", _count, _hand_over))
HOLDINGS.append(Holding("客户的待办事项", _count_todos, _hand_over_todos))


def _with_open_deals(customers: Collection[UUID]) -> set[UUID]:
    rows = Opportunity.objects.filter(customer__in=customers, state=Opportunity.State.OPEN)
    return set(rows.values_list("customer_id", flat=True))


BUSY.append(_with_open_deals)
MOVED["sales.opportunity"] = Moved("商机", Opportunity, "个")
MOVED["sales.lead"] = MovedLeads("线索", Lead, "条")
MOVED["sales.todo"] = Moved("待办事项", Todo, "件")


def _locked(member: Member, opportunity_id: UUID, at: datetime) -> Owner:
    row = locked_opportunity(opportunity_id, member, "opportunity.read", at)
    return attachments.opportunity_seen(member, row.pk, day_of(at))


register_owner(of_customer(attachments.KIND, "商机", Opportunity, attachments.opportunity_seen, _locked))
