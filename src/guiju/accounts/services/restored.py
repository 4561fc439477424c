"""After a restore nobody is signed in and no key works any more (恢复以后重新登录)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guiju.accounts.models import AccountLink, Session
from guiju.accounts.services.person import record_of
from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.organisations.models import Token
from guiju.organisations.permissions import required_root
from guiju.organisations.services.tokens import end_token

_WHY = "从备份恢复：以前的钥匙都作废"


@dataclass(frozen=True)
class Ended:
    """How many ended of each."""

    sessions: int
    tokens: int
    links: int


@transaction.atomic
def end_all_access(*, at: datetime) -> Ended:
    """End all sessions, tokens and links that were open at that moment (恢复后全部下线): some were ended since."""
    with scope(trees={required_root()}):
        sessions, _ = Session.objects.all().delete()
        act = Act("accounts.end_all_access", None, at, (), _WHY)
        tokens = list(Token.objects.select_for_update().filter(revoked_at=None, expires_at__gt=at))
        for token in tokens:
            end_token(token, act)
        links = list(AccountLink.objects.select_for_update(of=("self",)).filter(used_at=None, expires_at__gt=at))
        for link in links:
            link.expires_at = at
            link.save(update_fields=["expires_at"])
            record_of(link.user, link, action="accounts.void_link", at=at)
    return Ended(sessions, len(tokens), len(links))
