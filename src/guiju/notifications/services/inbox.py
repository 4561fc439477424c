"""What a member does with their own notices: read them, and choose how they come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, time
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.models import Notice, Preference
from guiju.notifications.selectors.ways import STAFF_ROUTE
from guiju.organisations.models import Member


@transaction.atomic
def read_notice(*, notice_id: UUID, actor: Member, at: datetime) -> Notice:
    """Note that a member has opened one of their notices (阅读通知)."""
    notice = Notice.objects.select_for_update(of=("self",)).filter(pk=notice_id, member=actor).first()
    if notice is None:
        raise Missing("notice_missing", "没有这条通知，或不是给您的")
    if notice.read_at is None:
        notice.read_at = at
        notice.save(update_fields=["read_at"])
    return notice


def read_all(*, actor: Member, at: datetime) -> int:
    """Note that a member has seen all of theirs (全部已读); returns how many were new."""
    return Notice.objects.filter(member=actor, read_at=None, made_at__lte=at).update(read_at=at)


@transaction.atomic
def choose_preference(
    *, route: Iterable[str], digest_at: time, quiet: tuple[time, time], actor: Member, at: datetime
) -> Preference:
    """Choose over which channels, when in the morning, and when not at all (通知偏好)."""
    chosen = [str(one) for one in STAFF_ROUTE if one in set(route)]
    if quiet[0] == quiet[1]:
        raise Refused("quiet_all_day", "免打扰的起止时间不能相同", field="quiet_until")
    found = Preference.objects.select_for_update(of=("self",)).filter(member=actor).first()
    made = found or Preference(id=new_id(), entity_id=actor.entity_id, member=actor)
    made.route, made.digest_at, made.changed_at = chosen, digest_at, at
    made.quiet_from, made.quiet_until = quiet
    made.save(force_insert=found is None)
    return made
