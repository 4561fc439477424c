"""Addresses under which calendar programs read what somebody has to see to (日历订阅)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with, scope_with_user
from guiju.deadlines.models import Feed
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member, User

MOST = 2000


@transaction.atomic
def open_feed(*, has_titles: bool, actor: Member, at: datetime) -> str:
    """Make an address for a member's duties (订阅期限), and end the one before it; returns its secret, once."""
    act = Act("deadlines.open_feed", actor, at)
    # Two at once, and one of them would live on unseen.
    Member.objects.select_for_update(of=("self",)).get(pk=actor.pk)
    _end(actor, act)
    secret = secrets.token_urlsafe(32)
    made = Feed(id=new_id(), member=actor, user_id=actor.user_id, digest=_digest(secret), made_at=at)
    made.has_titles = has_titles
    made.save(force_insert=True)
    record(act, entity_id=actor.entity_id, subject=made)
    return secret


@transaction.atomic
def end_feed(*, actor: Member, at: datetime) -> str:
    """End a member's address (停用日历订阅): whoever knows it reads nothing any more."""
    ended = _end(actor, Act("deadlines.end_feed", actor, at))
    return "日历订阅已停用" if ended else "没有日历订阅"


def _end(actor: Member, act: Act) -> int:
    live = list(Feed.objects.select_for_update().filter(member=actor, ended_at=None))
    for one in live:
        one.ended_at = act.at
        one.save(update_fields=["ended_at"])
        record(act, entity_id=actor.entity_id, subject=one)
    return len(live)


@transaction.atomic
def end_feeds_of(user: User, at: datetime) -> None:
    """When a user becomes one of the three administrators: what they are shown outside ends with the rest."""
    act = Act("deadlines.end_feed", None, at)
    with scope_with_user(user.pk):
        for member in Member.objects.filter(user=user):
            with scope_with(member.entity_id):
                _end(member, act)


def feed_of(member: Member) -> Feed | None:
    return Feed.objects.filter(member=member, ended_at=None).first()


def member_of_feed(secret: str) -> tuple[Member, Feed]:
    """Whose address it is; `Missing` for any that isn't, and for who has left."""
    found = Feed.objects.filter(digest=_digest(secret), ended_at=None).first()
    if found is not None:
        with scope(user=found.user_id):
            member = Member.objects.filter(pk=found.member_id, left_at=None, user__is_active=True).first()
        if member is not None:
            return member, found
    raise Missing("feed_missing", "没有这个日历订阅")


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
