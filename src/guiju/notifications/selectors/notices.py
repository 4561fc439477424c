"""Reads of notices: a member's own, and those that a company has sent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Count, QuerySet

from guiju.database.scope import require_scope
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.errors import Missing
from guiju.kernel.identifiers import email, phone
from guiju.notifications.models import Attempt, Notice
from guiju.notifications.registry import NOTICES
from guiju.notifications.sealing import Content, open_content
from guiju.organisations.models import Member
from guiju.organisations.permissions import Sight
from guiju.organisations.selectors import Hidden, hidden_from

_GONE = Content("（内容打不开）", "内容打不开：不是这套系统封存的，或被改动过")
_COVER = "••••••"


@dataclass(frozen=True)
class Shown:
    """A notice as a page shows it: no secret variable, no address in full."""

    notice: Notice
    label: str
    button: str
    title: str
    text: str
    to: str


def inbox_of(member: Member) -> QuerySet[Notice]:
    """What a member was told, the newest first (收件箱)."""
    require_scope()
    return Notice.objects.filter(member=member).order_by("-made_at", "-pk")


def count_unread(member: Member) -> int:
    """How much a member hasn't read; counted to a hundred."""
    return inbox_of(member).filter(read_at=None).order_by()[:100].count()


def sent_in(sight: Sight, *, state: str = "", kind: str = "") -> QuerySet[Notice]:
    """The notices of the companies in sight, the newest first (发出的通知)."""
    require_scope()
    found = sight.of(Notice.objects.all()).select_related("entity", "member__user")
    if state in Notice.State.values:
        found = found.filter(state=state)
    if kind in NOTICES:
        found = found.filter(kind=kind)
    return found.order_by("-made_at", "-pk")


def hidden_notices(sight: Sight) -> list[Hidden]:
    return hidden_from(sight, Notice.objects.all())


def notice_in(sight: Sight, notice_id: UUID) -> Notice:
    """One notice; `Missing` when there is none or it is out of sight."""
    found = sent_in(sight).filter(pk=notice_id).first()
    if found is None:
        raise Missing("notice_missing", "没有这条通知，或您的角色看不到它")
    return found


def uncertain_in(sight: Sight) -> QuerySet[Notice]:
    return sent_in(sight, state=Notice.State.UNCERTAIN)


def counts_in(sight: Sight) -> dict[str, int]:
    """How many notices stand where."""
    rows = sight.of(Notice.objects.all()).order_by().values_list("state").annotate(count=Count("pk"))
    return dict(rows)


def attempts_of(notice: Notice) -> QuerySet[Attempt]:
    return Attempt.objects.filter(notice=notice).select_related("settled_by").order_by("number")


def shown(notices: Iterable[Notice]) -> list[Shown]:
    return [_shown(one) for one in notices]


def _shown(notice: Notice) -> Shown:
    try:
        content = open_content(bytes(notice.content), entity=notice.entity_id, notice=notice.pk)
    except Unsealable:
        content = _GONE
    kind = NOTICES.get(notice.kind)
    title, text = content.title, content.text
    # Of a kind that this program doesn't know, nobody can say which value is secret.
    for name in kind.secret if kind else content.values:
        if secret := content.values.get(name):
            title, text = title.replace(secret, _COVER), text.replace(secret, _COVER)
    if notice.member_id is not None:
        to = notice.member.user.name if notice.member else ""
    else:
        ways = [phone.mask(content.phone) if content.phone else "", email.mask(content.email) if content.email else ""]
        to = "，".join(one for one in (content.name[:1] + "*" * len(content.name[1:]), *ways) if one)
    return Shown(notice, kind.label if kind else notice.kind, kind.button if kind else "查看", title, text, to)
