"""That somebody has a case open is noted for a minute, so that two don't write the same answer."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from guiju.complaints.desk import Presence
from guiju.complaints.models import Complaint
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.organisations.models import Member

_KEPT = timedelta(days=1)


@transaction.atomic
def note_presence(*, case: Complaint, actor: Member, at: datetime) -> None:
    """Renew that a member has a case open that they see; a member of a company above leaves no row in this one."""
    if actor.entity_id != case.entity_id:
        return
    with scope_with(case.entity_id):
        Presence.objects.filter(complaint=case, at__lt=at - _KEPT).delete()
        Presence.objects.bulk_create(
            [Presence(id=new_id(), entity_id=case.entity_id, complaint=case, member=actor, at=at)],
            update_conflicts=True,
            unique_fields=["entity", "complaint", "member"],
            update_fields=["at"],
        )
