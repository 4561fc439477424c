"""Sessions are ended by their owner or by an administrator (会话)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guiju.accounts.models import Session, SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services.attempts import note
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member, User
from guiju.organisations.permissions import require


def close_sessions(user: User, *, but: str = "") -> int:
    """End a user's sessions, but for this key; for services that have asked permission. Returns how many."""
    sessions = Session.objects.filter(user_id=user.pk).exclude(session_key=but)
    count, _ = sessions.delete()
    return count


def end_sessions_of(user: User, at: datetime) -> None:
    """End a user's sessions when they become one of the three administrators: they sign in anew, with what is asked of them."""
    close_sessions(user)


def clear_sessions(*, at: datetime) -> int:
    """Take sessions away that have expired; returns how many."""
    count, _ = Session.objects.filter(expire_date__lte=at).delete()
    return count


@transaction.atomic
def end_own_session(*, mark: str, actor: Member, origin: Origin, at: datetime) -> None:
    """End one of one's own sessions (结束会话) by the mark under which the list shows it."""
    found = next((one for one in Session.objects.filter(user_id=actor.user_id) if one.mark == mark), None)
    if found is None:
        raise Missing("session_missing", "没有这个会话，或它已经结束")
    found.delete()
    note(SignIn.Outcome.ENDED, username=actor.user.username, user=actor.user, origin=origin, at=at, way="session")


@transaction.atomic
def end_sessions(*, member: Member, actor: Member, origin: Origin, at: datetime) -> int:
    """End all sessions of a member's user at once (强制下线); returns how many there were."""
    require(actor, "account.end_sessions", on=member.entity_id)
    count = close_sessions(member.user)
    note(SignIn.Outcome.ENDED, username=member.user.username, user=member.user, origin=origin, at=at, way="session")
    with scope_with(member.entity_id):
        now = Member.objects.select_for_update(of=("self",)).get(pk=member.pk)
        record(Act("accounts.end_sessions", actor, at), entity_id=member.entity_id, subject=now)
    return count
