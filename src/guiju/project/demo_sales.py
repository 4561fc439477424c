"""Opportunities of the demo: some in each stage, some won and lost, some waiting today (演示商机)."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from guiju.customers.models import Customer
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.sales.models import Opportunity
from guiju.sales.selectors.stages import BUILT_IN, BUILT_IN_REASONS
from guiju.sales.services.details import Details
from guiju.sales.services.leads import discard_lead, open_lead
from guiju.sales.services.moving import lose_opportunity, move_opportunity, win_opportunity
from guiju.sales.services.opportunities import add_opportunity
from guiju.sales.services.todos import add_todo

SEED = 20261129
A_SELLER = 14

_WANTS = ("年货礼盒", "季度供货", "开业首批备货", "门店续约", "员工福利采购", "新品试用", "节日团购")
_STEPS = ("发报价单", "约时间看样", "请对方确认数量", "回复交货日期")


def load_opportunities(people: Sequence[Member], *, at: datetime) -> None:
    """Enter opportunities wherever somebody sells to customers."""
    chance = random.Random(SEED)  # noqa: S311 -- invented deals, no secrets
    for seller in (one for one in people if one.title == "销售"):
        with acting(seller):
            customers = list(Customer.objects.filter(owner=seller, ended_on=None).order_by("made_at", "pk"))
            if not customers:
                continue
            for number in range(A_SELLER):
                _sell(chance, seller, chance.choice(customers), number, at)
            for customer in chance.sample(customers, 3):
                said = NoteDetails("说好今天再联系", "call", at - timedelta(days=2), day_of(at))
                add_note(customer_id=customer.pk, details=said, actor=seller, at=at)
            _asked(chance, seller, customers, at)
            add_todo(title="准备周例会的客户清单", due_on=day_of(at), actor=seller, at=at)


def _asked(chance: random.Random, seller: Member, customers: Sequence[Customer], at: datetime) -> None:
    """Some who asked: two to be looked into, one that came to nothing."""
    for number, customer in enumerate(chance.sample(customers, min(3, len(customers)))):
        day = max(at - timedelta(days=chance.randrange(1, 20)), customer.made_at)
        lead = open_lead(customer_id=customer.pk, interest=chance.choice(_WANTS), actor=seller, at=day)
        if number == 2:
            discard_lead(lead_id=lead.pk, reason="budget", note="明年再说", actor=seller, at=at)


def _sell(chance: random.Random, seller: Member, customer: Customer, number: int, at: datetime) -> None:
    day = max(at - timedelta(days=chance.randrange(3, 150)), customer.made_at)
    details = Details(
        chance.choice(_WANTS),
        amount=Decimal(chance.randrange(20, 900) * 100),
        expected_on=day_of(at) + timedelta(days=chance.randrange(-10, 120)),
        source=chance.choice(("walk_in", "referral", "exhibition")),
        next_step=chance.choice(_STEPS),
        next_on=max(day_of(at) + timedelta(days=chance.randrange(-2, 15)), day_of(day)),
    )
    made = add_opportunity(customer_id=customer.pk, details=details, actor=seller, at=day)
    stage = BUILT_IN[number % len(BUILT_IN)].code
    later = day + (at - day) / 2
    if stage != made.stage:
        move_opportunity(opportunity_id=made.pk, stage=stage, actor=seller, at=later)
    _end(chance, made, number, seller, later + (at - later) * chance.random())


def _end(chance: random.Random, made: Opportunity, number: int, seller: Member, at: datetime) -> None:
    if number % 5 == 3:
        win_opportunity(opportunity_id=made.pk, actor=seller, at=at)
    elif number % 7 == 2:
        reason = chance.choice(BUILT_IN_REASONS).code
        lose_opportunity(opportunity_id=made.pk, reason=reason, actor=seller, at=at)
