"""Staff enter what somebody told them (登记投诉): through the same door."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guiju.complaints.models import Complaint
from guiju.complaints.services.intake import Complained, TakenIn, take_in
from guiju.database.scope import scope_with
from guiju.evidence.services import Act
from guiju.organisations.models import Member
from guiju.organisations.permissions import require

SPOKEN = (Complaint.Channel.PHONE, Complaint.Channel.COUNTER)


@transaction.atomic
def add_complaint(*, said: Complained, channel: Complaint.Channel, actor: Member, at: datetime) -> TakenIn:
    """Enter a complaint that came by phone or at the counter (登记投诉, 消费者权益保护法 第十七条)."""
    require(actor, "complaint.add", on=actor.entity_id)
    with scope_with(actor.entity_id):
        act = Act("complaints.add_complaint", actor, at)
        return take_in(actor.entity_id, said, channel, act, made_by=actor)
