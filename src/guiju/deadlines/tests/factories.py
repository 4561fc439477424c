"""Things that are due, and what was told of them."""

from __future__ import annotations

from datetime import date, datetime, time

from guiju.database.scope import scope
from guiju.deadlines.kinds import OWN
from guiju.deadlines.models import Duty
from guiju.deadlines.services.duties import (
    NewDuty,
    add_duty,
)
from guiju.kernel.calendar import Period, Unit
from guiju.kernel.calendar.clock import CHINA
from guiju.notifications.models import Notice
from guiju.notifications.selectors.notices import shown
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group


def china(day: date, hour: int = 0) -> datetime:
    return datetime.combine(day, time(hour), CHINA)


def add(
    group: Group,
    *,
    start: date = date(2026, 9, 28),
    period: Period | None = None,
    may_pause: str = "",
    written: date | None = None,
    basis: Duty.Basis = Duty.Basis.STATUTORY,
) -> Duty:
    """Of a salesperson, in working days before the National Day, unless said otherwise."""
    with acting(group.sales_a):
        return add_duty(
            wanted=NewDuty(
                OWN.code,
                group.company_a.pk,
                "回复监管局的询问函",
                china(start),
                period or Period(7, Unit.WORKING_DAYS),
                basis,
                "监管局的询问函：7个工作日内答复（行政处罚法第五十五条）",
                holder=group.sales_a,
                may_pause=may_pause,
            ),
            actor=group.sales_a,
            at=china(written or start, 10),
        )


def told(member: Member) -> list[str]:
    with scope(entities={member.entity_id}):
        return [one.title for one in shown(Notice.objects.filter(member=member).order_by("pk"))]
