"""Keys with which programs and the command line act as a member (访问令牌)."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with, scope_with_user
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member, Token, User

PREFIX = "gj_"
LONGEST_DAYS = 366


def _digest(secret: str) -> bytes:
    # The secret has 256 random bits, so a plain hash is as good as a slow one.
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def create_token(*, member: Member, name: str, days: int, at: datetime) -> str:
    """A new token for a member (生成访问令牌); the secret is returned once and never stored."""
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("token_days", f"有效期应为1至{LONGEST_DAYS}天", field="days")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=new_id(),
        member=member,
        user_id=member.user_id,
        name=name.strip()[:100] or "命令行",
        digest=_digest(secret),
        made_at=at,
        expires_at=at + timedelta(days=days),
    )
    token.save(force_insert=True)
    record(Act("organisations.create_token", member, at), entity_id=member.entity_id, subject=token)
    return secret


@transaction.atomic
def revoke_token(*, member: Member, token_id: UUID, at: datetime) -> Token:
    """End a token of one's own (吊销访问令牌); it works no more from now on."""
    token = Token.objects.select_for_update().filter(pk=token_id, user_id=member.user_id, revoked_at=None).first()
    if token is None:
        raise Missing("token_missing", "没有这个令牌，或它已经吊销")
    _revoke(token, member, at)
    return token


def revoke_tokens(*, user: User, actor: Member, at: datetime) -> int:
    """End all tokens of a user; returns how many there were."""
    live = list(Token.objects.select_for_update().filter(user=user, revoked_at=None, expires_at__gt=at))
    for token in live:
        _revoke(token, actor, at)
    return len(live)


def _revoke(token: Token, actor: Member, at: datetime) -> None:
    token.revoked_at = at
    token.save(update_fields=["revoked_at"])
    with scope_with_user(token.user_id):
        entity_id = Member.objects.values_list("entity_id", flat=True).get(pk=token.member_id)
    with scope_with(entity_id):
        record(Act("organisations.revoke_token", actor, at), entity_id=entity_id, subject=token)


def member_of_token(secret: str, *, at: datetime) -> Member:
    """The member for whom a token speaks now; raises `NotAllowed` with one sentence for all faults."""
    token = Token.objects.filter(digest=_digest(secret), revoked_at=None, expires_at__gt=at).first()
    if token is not None:
        with scope(user=token.user_id):
            member = (
                Member.objects.filter(pk=token.member_id, left_at=None, user__is_active=True)
                .select_related("user")
                .first()
            )
        if member is not None:
            return member
    raise NotAllowed("token_invalid", "访问令牌无效、已过期或已吊销：请重新生成（guiju token create）")
