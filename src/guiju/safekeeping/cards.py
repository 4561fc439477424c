"""What the dashboard shows of keys."""

from __future__ import annotations

from django.db.models import Count, Min
from django.urls import reverse
from django.utils import timezone

from guiju.kernel.crypto.envelope import VALUES
from guiju.keys.models import DataKey
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, root_of
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
