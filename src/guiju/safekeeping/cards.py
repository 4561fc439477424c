"""What the dashboard shows of keys and drills."""

from __future__ import annotations

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from guiju.database.scope import scope_with
from guiju.kernel.crypto.envelope import VALUES
from guiju.keys.models import DataKey
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, reach_of, root_of
from guiju.safekeeping.models import Drill
from guiju.safekeeping.selectors.health import RIGHT
from guiju.web.dashboard import Card


def keys(member: Member) -> Card | None:
    """密钥: how many companies seal under one of their own, and since when the oldest is in use."""
    if not allows(member, RIGHT, on=root_of(member.entity_id)):
        return None
    found = DataKey.objects.filter(use=VALUES, retired_at=None).aggregate(
        count=Count("entity_id", distinct=True), oldest=Min("made_at")
    )
    since = f"最早的一把从 {timezone.localtime(found['oldest']):%Y-%m-%d} 用起" if found["oldest"] else ""
    return Card("数据密钥", found["count"], "家公司", reverse("key_overview"), since)


def drill(member: Member) -> Card | None:
    """恢复演练: when the last one was and how it ended, for who answers for data but not for backups; no more of it."""
    if reach_of(member, RIGHT) is not None:
        return None
    with scope_with(root_of(member.entity_id)):
        last = Drill.objects.order_by("-began_at").first()
    if last is None:
        return Card("备份恢复演练", note="还没有做过：没有停用的，有了备份当夜自己做")
    ended = "通过" if last.passed else "没有通过，请问系统管理员"
    return Card("备份恢复演练", note=f"上次 {timezone.localtime(last.began_at):%Y-%m-%d}，{ended}")
