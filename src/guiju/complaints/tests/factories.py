"""A company to which somebody complains."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from guiju.complaints.models import Complaint
from guiju.complaints.services.intake import Complained, TakenIn, receive_complaint
from guiju.database.scope import scope
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
