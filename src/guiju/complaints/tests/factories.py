"""A company to which somebody complains."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from guiju.complaints.models import Complaint
from guiju.complaints.numbers import new_number
from guiju.complaints.services.intake import Complained, TakenIn, receive_complaint
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.keys.values import seal_into
from guiju.organisations.models import Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join

PHONE = "13812345678"


def complain(
    company: Entity, text: str = "包装破了，漏了一半", *, at: datetime = AT, origin: str = "", **said: Any
) -> TakenIn:
    with scope(entities={company.pk}):
        return receive_complaint(
            entity_id=company.pk,
            said=Complained(text, **{"phone": PHONE, **said}),
            channel=Complaint.Channel.PAGE,
            origin=origin,
            at=at,
        )


def again(complaint: Complaint) -> Complaint:
    """As it is now."""
    with scope(entities={complaint.entity_id}):
        return Complaint.objects.get(pk=complaint.pk)


def agent_of(group: Group, company: Entity | None = None) -> Member:
    """Who handles complaints; the first call joins them."""
    entity = company or group.company_a
    name = f"kefu.{entity.unified_code[-6:].lower()}"
    with acting(group.system_admin):
        found = Member.objects.select_related("user", "entity").filter(user__username=name).first()
    return found or join(entity, "service", name, group.system_admin, group.security_admin)


def cases_of(
    company: Entity, cause: str, count: int, *, at: datetime = AT, is_confirmed: bool = True, **more: Any
) -> list[Complaint]:
    """Many cases of one cause at once, as they are after the worker and an agent had them."""
    made = []
    for number in range(count):
        one = Complaint(
            id=new_id(),
            entity=company,
            number=new_number(company.pk, day_of(at)),
            channel=Complaint.Channel.PAGE,
            code_digest=b"",
            received_at=at - timedelta(seconds=number),
            made_at=at,
            cared_at=at,
            cause=cause,
            is_cause_confirmed=is_confirmed,
            is_unweighed=True,
            **more,
        )
        seal_into(one, "sealed", {"text": "东西坏了"})
        made.append(one)
    with scope(entities={company.pk}):
        Complaint.objects.bulk_create(made)
        for one in made:
            record(Act("complaints.receive_complaint", None, at), entity_id=company.pk, subject=one)
    return made
