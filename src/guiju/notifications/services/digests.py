"""One digest a member each morning, of what is new and can wait (每日摘要)."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction
from django.db.models import F

from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.crypto.sealed import Unsealable
from guiju.notifications.models import Notice
from guiju.notifications.registry import NOTICES, NoticeKind, register_notice
from guiju.notifications.sealing import open_content
from guiju.notifications.services.ending import every_company
from guiju.notifications.services.posting import NewNotice, post_notice
from guiju.organisations.models import Member

_MOST_LINES = 20

DIGEST = register_notice(
    NoticeKind(
        "notifications.digest",
        "每日摘要",
        "{day}的通知摘要（{count}条）",
        "{lines}",
        {"day": "10月14日", "count": "2", "lines": "1. 投诉TS-001明天到期\n2. 整改通知已签收"},
        button="打开通知",
        is_urgent=True,
    )
)


def post_digests(*, at: datetime) -> int:
    """Make the digests that are due, each once however often this runs; returns how many."""
    made = 0
    for chunk in every_company():
        with scope(entities=chunk):
            due = Notice.objects.filter(state=Notice.State.DIGEST, due_at__lte=at)
            members = list(due.values_list("member_id", "entity_id").distinct())
        for member_id, entity_id in members:
            with scope(entities={entity_id}):
                member = Member.objects.select_related("user").get(pk=member_id)
                made += _digest_of(member, at)
    return made


@transaction.atomic
def _digest_of(member: Member, at: datetime) -> bool:
    """What a member has not read yet becomes one notice; what they have needs no second mention."""
    due = list(
        Notice.objects.select_for_update(of=("self",))
        .filter(member=member, state=Notice.State.DIGEST, due_at__lte=at)
        .order_by("made_at", "pk")
    )
    new = [one for one in due if one.read_at is None]
    Notice.objects.filter(pk__in=[one.pk for one in due]).update(state=Notice.State.INBOX, due_at=F("due_at"))
    titles = [title for one in new if (title := _title(one, at))]
    if not titles or member.left_at is not None:
        return False
    lines = [f"{number}. {title}" for number, title in enumerate(titles[:_MOST_LINES], 1)]
    if len(titles) > _MOST_LINES:
        lines.append(f"……共{len(titles)}条")
    day = day_of(at)
    post_notice(
        NewNotice(
            DIGEST.code,
            member.entity_id,
            f"digest:{member.pk}:{new[-1].pk}",
            {"day": f"{day.month}月{day.day}日", "count": str(len(titles)), "lines": "\n".join(lines)},
            member=member,
            url="/notices/",
        ),
        Act("notifications.post_digest", None, at),
    )
    return True


def _title(notice: Notice, at: datetime) -> str | None:
    """A line about a notice as it stands now. One that doesn't open must not keep the others from being told."""
    kind = NOTICES.get(notice.kind)
    if kind and kind.still:
        with suppress(ObjectDoesNotExist):
            return kind.still(notice, at)
    try:
        return open_content(bytes(notice.content), entity=notice.entity_id, notice=notice.pk).title
    except Unsealable:
        return f"{kind.label if kind else '通知'}（内容打不开）"
