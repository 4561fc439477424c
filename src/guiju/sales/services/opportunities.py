"""Opportunities are entered, changed, and given into other hands (商机)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.customers.models import Customer
from guiju.customers.services.customers import locked_customer
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.evidence.selectors import history_of
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require, sight_of
from guiju.organisations.selectors.people import names_of
from guiju.privacy.services.freezing import refuse_frozen
from guiju.sales.models import Opportunity
from guiju.sales.records import OPPORTUNITY
from guiju.sales.selectors.stages import stages_of
from guiju.sales.services.details import Details, one_line, problems_of_details

_A_MOMENT = timedelta(milliseconds=1)
"""JSON has no finer clock."""


@transaction.atomic
def add_opportunity(
    *, customer_id: UUID, details: Details, actor: Member, at: datetime, stage: str = ""
) -> Opportunity:
    """Enter what a customer may buy (登记商机); without a stage it stands in the first."""
    require(actor, "opportunity.add", on=actor.entity_id)
    customer = locked_customer(customer_id, actor, "customer.read", at)
    if customer.entity_id != actor.entity_id:
        raise Missing("customer_missing", "没有这位客户，或您的角色不能办理")
    refuse_gone(customer)
    if problems := problems_of_details(details, at):
        raise Refused.because(problems)
    stages = stages_of(actor.entity_id)
    if stage and stage not in stages:
        raise stage_unknown(stage)
    made = Opportunity(
        id=new_id(),
        entity_id=actor.entity_id,
        customer=customer,
        stage=stage or stages.first.code,
        owner=actor,
        made_by=actor,
        made_at=at,
        changed_at=at,
        staged_at=at,
        **vars(_in_one_line(details)),
    )
    made.save(force_insert=True)
    record(Act("sales.add_opportunity", actor, at), entity_id=made.entity_id, subject=made)
    return made


@transaction.atomic
def change_opportunity(
    *, opportunity_id: UUID, details: Details, actor: Member, at: datetime, seen: datetime | None = None
) -> Opportunity:
    """Change what an opportunity says (修改商机); `seen` is when it was last changed as the member saw it."""
    found = locked_opportunity(opportunity_id, actor, "opportunity.change", at)
    refuse_stale(found, seen)
    refuse_closed(found)
    if problems := problems_of_details(details, at, next_was=found.next_on):
        raise Refused.because(problems)
    for name, value in vars(_in_one_line(details)).items():
        setattr(found, name, value)
    return written(found, Act("sales.change_opportunity", actor, at))


@transaction.atomic
def assign_opportunity(*, opportunity_id: UUID, to: Member, actor: Member, at: datetime) -> Opportunity:
    """Give an opportunity into other hands of the same company (分配商机)."""
    found = locked_opportunity(opportunity_id, actor, "opportunity.assign", at)
    require_owner(to, found.entity_id, at)
    if found.owner_id == to.pk:
        raise Refused("nothing_changed", f"{to.user.name}已经是负责人", field="owner")
    found.owner = to
    return written(found, Act("sales.assign_opportunity", actor, at))


def require_owner(to: Member, entity_id: UUID, at: datetime) -> None:
    """Raise `Refused` for somebody who can't look after opportunities of a company."""
    if to.entity_id != entity_id or to.left_at:
        raise Refused("owner_company", "负责人要是同一家公司的在职成员", field="owner")
    if sight_of(to, "opportunity.read", on=day_of(at)).reach is None:
        raise Refused("owner_right", f"{to.user.name}的角色看不了商机", field="owner")


def written(found: Opportunity, act: Act) -> Opportunity:
    """Keep a changed opportunity and its entry; for services that have asked permission."""
    found.changed_at = act.at
    found.save()
    with scope_with(found.entity_id):
        record(act, entity_id=found.entity_id, subject=found)
    return found


def locked_opportunity(opportunity_id: UUID, actor: Member, right: str, at: datetime) -> Opportunity:
    """An opportunity that a right of the member covers, locked; raises `Missing`, or `Refused` for a frozen customer."""
    sight = sight_of(actor, right, on=day_of(at))
    rows = Opportunity.objects.select_for_update(of=("self",)).select_related("customer__subject", "owner__user")
    found = None
    if sight.reach is not None:
        with scope_with(*sight.scope):
            found = sight.of(rows.filter(pk=opportunity_id), owner="owner").first()
    if found is None:
        raise Missing("opportunity_missing", "没有这个商机，或您的角色不能办理")
    refuse_unusable(found.customer)
    return found


def refuse_unusable(customer: Customer) -> None:
    """Raise `Refused` for what is about somebody whose data may only be stored."""
    refuse_frozen(customer.subject, OPPORTUNITY)
    if customer.is_frozen("name"):
        raise Refused("subject_frozen", "这位客户的名称仅存储，线索和商机不能修改（个人信息保护法第四十七条）：先解冻")


def refuse_closed(found: Opportunity) -> None:
    if not found.is_open:
        raise Refused("opportunity_closed", f"这个商机已经{found.get_state_display()}：先重新打开")


def refuse_stale(found: Opportunity, seen: datetime | None) -> None:
    """Raise `Refused` where somebody changed it since the member saw it; says who, and where it stands now."""
    if seen is None or (seen.tzinfo is not None and abs(found.changed_at - seen) < _A_MOMENT):
        return
    last = history_of(found)[0]
    who = names_of({last.actor_id}).get(last.actor_id, "别人") if last.actor_id else "系统"
    stands = found.get_state_display() if not found.is_open else stages_of(found.entity_id).label(found.stage)
    raise Refused("changed_meanwhile", f"这个商机刚刚被{who}改过，现在是“{stands}”：请看过新的内容再改")


def stage_unknown(code: str) -> Refused:
    return Refused("stage_unknown", f"没有“{code[:20]}”这个阶段", field="stage")


def refuse_gone(customer: Customer) -> None:
    """Raise `Refused` for a customer with whom nothing new begins."""
    refuse_frozen(customer.subject, OPPORTUNITY)
    if customer.ended_on is not None:
        raise Refused("customer_ended", "与这位客户的关系已经结束，不能登记线索和商机", field="customer")


def _in_one_line(details: Details) -> Details:
    return replace(details, name=one_line(details.name), next_step=one_line(details.next_step))
