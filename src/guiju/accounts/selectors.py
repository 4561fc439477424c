"""Reads of accounts: sessions, links, second factors, the log of sign-ins."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from guiju.accounts.models import AccountLink, Factor, Recovery, RecoveryCode, Session, SignIn
from guiju.accounts.requests import RequestLine, lines_of
from guiju.organisations.models import Member, User
from guiju.organisations.permissions import require

SHOWN_DAYS = 30
"""How long everyone is told that somebody was let in from the server."""


def has_factor(user_id: UUID) -> bool:
    """Whether a user has set a second factor."""
    return Factor.objects.filter(user_id=user_id).exists()


def codes_left(user: User) -> int:
    """How many recovery codes are unused."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


@dataclass(frozen=True)
class SessionLine:
    """A session as its owner sees it."""

    mark: str
    address: str
    agent: str
    made_at: datetime | None
    seen_at: datetime | None
    is_this: bool


def sessions_of(user: User, *, here: str, at: datetime) -> list[SessionLine]:
    """The live sessions of a user, the one that asks first."""
    live = Session.objects.filter(user_id=user.pk, expire_date__gt=at).order_by("-seen_at")
    lines = [
        SessionLine(
            one.mark, one.address or "", browser_of(one.agent), one.made_at, one.seen_at, one.session_key == here
        )
        for one in live
    ]
    return sorted(lines, key=lambda line: not line.is_this)


_BROWSERS = (
    ("Edg", "Edge"),
    ("MicroMessenger", "微信"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


def browser_of(agent: str) -> str:
    """Browser and system in two words, as far as the header tells."""
    browser = next((name for mark, name in _BROWSERS if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return "，".join(filter(None, (browser, system))) or "未知的浏览器"


def open_link_of(user_id: UUID, *, at: datetime) -> AccountLink | None:
    """The activation or reset that waits for a user."""
    return (
        AccountLink.objects.filter(user_id=user_id, used_at=None, expires_at__gt=at)
        .select_related("made_by", "confirmed_by")
        .order_by("-made_at")
        .first()
    )


def last_sign_in_of(user: User) -> SignIn | None:
    """When and from where somebody signed in last."""
    done = (SignIn.Outcome.DONE, SignIn.Outcome.RECOVERED)
    return SignIn.objects.filter(user=user, outcome__in=done).order_by("-at").first()


def sign_ins_for(member: Member, *, search: str = "", outcome: str = "") -> QuerySet[SignIn]:
    """The log of sign-ins (登录记录), the newest first; raises `NotAllowed`."""
    require(member, "account.log", on=member.entity_id)
    found = SignIn.objects.select_related("user").order_by("-at", "-pk")
    for word in search.replace("\x00", "").split():
        found = found.filter(user__username__contains=word.casefold()) | found.filter(user__name__contains=word)
    if outcome:
        found = found.filter(outcome=outcome[:12])
    return found


@dataclass(frozen=True)
class RequestFilter:
    """What narrows the log of requests: a day, a person's user name, a part of the path, refused ones only."""

    day: date
    username: str = ""
    path: str = ""
    refused: bool = False


MOST_REQUESTS = 200


def requests_for(member: Member, wanted: RequestFilter) -> list[tuple[RequestLine, User | None]]:
    """The log of requests of a day (访问日志), the newest first and as many as a page holds, with who it was."""
    require(member, "account.log", on=member.entity_id)
    only = ""
    if wanted.username:
        found = User.objects.filter(username=wanted.username.strip().casefold()[:60]).first()
        if found is None:
            return []
        only = str(found.pk)
    lines = deque(
        (
            line
            for line in lines_of(wanted.day)
            if (not only or line.user == only)
            and wanted.path in line.path
            and (not wanted.refused or line.status >= 400)
        ),
        maxlen=MOST_REQUESTS,
    )
    users = User.objects.in_bulk({line.user for line in lines if line.user})
    return [(line, users.get(UUID(line.user)) if line.user else None) for line in reversed(lines)]


def recent_recoveries(*, at: datetime) -> list[Recovery]:
    """Who was let in from the server itself lately; everyone is told."""
    return list(Recovery.objects.filter(at__gt=at - timedelta(days=SHOWN_DAYS)).select_related("user").order_by("-at"))
