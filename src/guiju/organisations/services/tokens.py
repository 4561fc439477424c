"""Keys with which programs and the command line act as a member (访问令牌)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope as in_scope
from guiju.database.scope import scope_with, scope_with_user
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member, Token, User
from guiju.organisations.permissions import narrow, rights_of
from guiju.organisations.registry import RIGHTS
from guiju.organisations.selectors import acting

PREFIX = "gj_"
LONGEST_DAYS = 366


def _digest(secret: str) -> bytes:
    # The secret has 256 random bits, so a plain hash is as good as a slow one.
    return hashlib.sha256(secret.encode()).digest()


@transaction.atomic
def create_token(*, member: Member, name: str, days: int, at: datetime, scope: Sequence[str] = ()) -> str:
    """A new token for a member (生成访问令牌); the secret is returned once and never stored.

    `scope` names the rights that it may use, each one that the member has; none stands for all.
    """
    if not 1 <= days <= LONGEST_DAYS:
        raise Refused("token_days", f"有效期应为1至{LONGEST_DAYS}天", field="days")
    for right in scope:
        if right not in RIGHTS:
            raise Refused("scope_unknown", f"没有“{right}”这项权限：写成 资源.操作，例如 company.read", field="scope")
        if right not in rights_of(member).reaches:
            raise Refused("scope_not_held", f"您的角色不能{RIGHTS[right]}，令牌也不能", field="scope")
    secret = PREFIX + secrets.token_urlsafe(32)
    token = Token(
        id=new_id(),
        member=member,
        user_id=member.user_id,
        name=name.strip()[:100] or "命令行",
        scope=sorted(set(scope)),
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
    return end_token(token, Act("organisations.revoke_token", member, at))


def revoke_tokens(*, user: User, actor: Member, at: datetime) -> int:
    """End all tokens of a user; returns how many there were."""
    live = list(Token.objects.select_for_update().filter(user=user, revoked_at=None, expires_at__gt=at))
    for token in live:
        end_token(token, Act("organisations.revoke_token", actor, at))
    return len(live)


def end_token(token: Token, act: Act) -> Token:
    """Write the end of a token and its entry; for services that have asked permission."""
    token.revoked_at = act.at
    token.save(update_fields=["revoked_at"])
    with scope_with_user(token.user_id):
        entity_id = Member.objects.values_list("entity_id", flat=True).get(pk=token.member_id)
    with scope_with(entity_id):
        record(act, entity_id=entity_id, subject=token)
    return token


def member_of_token(secret: str, *, at: datetime) -> Member:
    """The member for whom a token speaks now; raises `NotAllowed` with one sentence for all faults."""
    token = Token.objects.filter(digest=_digest(secret), revoked_at=None, expires_at__gt=at).first()
    if token is not None:
        with in_scope(user=token.user_id):
            member = (
                Member.objects.filter(pk=token.member_id, left_at=None, user__is_active=True)
                .select_related("user")
                .first()
            )
        if member is not None:
            if token.scope:
                with acting(member):
                    narrow(member, token.scope)
            return member
    raise NotAllowed("token_invalid", "访问令牌无效、已过期或已吊销：请重新生成（guiju token create）")


def token_in_address(values: Iterable[str], *, at: datetime) -> bool:
    """Whether a token stands among the values of an address; it is ended, since addresses are logged and shared."""
    for value in values:
        if value.startswith(PREFIX):
            leaked = Token.objects.filter(digest=_digest(value), revoked_at=None).first()
            if leaked is not None:
                with in_scope(user=leaked.user_id), transaction.atomic():
                    end_token(leaked, Act("organisations.revoke_token", None, at, (), "令牌写在了地址里"))
            return True
    return False
