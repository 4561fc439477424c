"""Who has somebody to go on with today is told so, once a day (跟进提醒)."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.notifications.models import Notice
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services import NewNotice, post_notice
from guiju.organisations.models import EntityPath, Member
from guiju.organisations.permissions import group_root
from guiju.privacy.uses import Use, register_use
from guiju.sales.selectors.reading import PURPOSE
from guiju.sales.selectors.today import waiting_by_person

FOLLOW_UPS = register_use(Use("sales.follow_ups", "跟进提醒", PURPOSE, ("guiju.sales.tasks.remind_of_today",)))
FROM_CLOCK = time(8)
"""Nobody is told before eight in the morning."""


def _still(notice: Notice, at: datetime) -> str | None:
    """What the morning's digest says: how much waits by then."""
    if notice.member_id is None:
        return None
    count = waiting_by_person(notice.entity_id, day_of(at), notice.member_id).get(notice.member_id, 0)
    return f"今天有{count}件要跟进" if count else None


DUE_TODAY = register_notice(
    NoticeKind(
        "sales.due_today",
        "今天的跟进",
        "今天有{count}件要跟进",
        "到今天要跟进的客户、商机和待办事项有{count}件。",
        {"count": "3"},
        button="我的今天",
        still=_still,
    )
)


def remind_of_follow_ups(*, at: datetime) -> int:
    """Tell everybody what waits for them today (提醒跟进), in all companies; returns how many were told.

    Reads what waits and who was told already: after a standstill it catches up, and it never tells twice a day.
    """
    root = group_root()
    if root is None or at.astimezone(CHINA).time() < FROM_CLOCK:
        return 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    return sum(_remind(entity_id, at) for entity_id in companies)


@transaction.atomic
def _remind(entity_id: UUID, at: datetime) -> int:
    day = day_of(at)
    with scope(entities={entity_id}):
        prefix = f"sales.due_today:{day}:"
        told = set(
            Notice.objects.filter(entity_id=entity_id, key__startswith=prefix).values_list("member_id", flat=True)
        )
        waiting = {pk: count for pk, count in waiting_by_person(entity_id, day).items() if pk not in told}
        members = Member.objects.filter(pk__in=list(waiting), left_at=None).select_related("user")
        for member in members:
            wanted = NewNotice(
                DUE_TODAY.code,
                entity_id,
                f"{prefix}{member.pk}",
                {"count": str(waiting[member.pk])},
                member=member,
                url=reverse("today"),
            )
            post_notice(wanted, Act("sales.remind_of_follow_ups", None, at))
        return len(members)
