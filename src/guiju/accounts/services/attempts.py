"""Who tried to sign in, and how long they have to wait (登录记录、锁定).

After five failures in a row every further try waits, twice as long each time (OWASP Authentication
Cheat Sheet). An address from which the person signed in lately has a count of its own, so that a
stranger's guesses don't lock the owner out.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import QuerySet

from guiju.accounts.models import SignIn
from guiju.accounts.origin import Origin
from guiju.database.models import new_id
from guiju.organisations.models import User

OTHER_WAY = "provider"
FREE_TRIES = 5
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(minutes=15)
REMEMBERED = timedelta(days=30)
FORGOTTEN = timedelta(hours=24)

FROM_ONE_ADDRESS = 100
"""Failures from one address, whatever the names, within `LONGEST_WAIT`: an office may share one."""

_FAILURES = (SignIn.Outcome.WRONG, SignIn.Outcome.WRONG_CODE, SignIn.Outcome.WRONG_LINK)
_SUCCESSES = (SignIn.Outcome.DONE, SignIn.Outcome.RECOVERED)


def digest_of_name(username: str) -> bytes:
    """What the log keeps of a name that was typed: it may be a password in the wrong field."""
    return hashlib.sha256(username.strip().casefold().encode()).digest()


def one_at_a_time(username: str) -> None:
    """Tries for one name wait for each other until the transaction ends: no thousand at once."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"sign_in/{username.strip().casefold()}"])


def wait_of(username: str, origin: Origin, *, at: datetime) -> timedelta:
    """How long this name has to wait from here; zero when it may try."""
    tries = SignIn.objects.filter(name_digest=digest_of_name(username), at__gt=at - FORGOTTEN, at__lte=at)
    # What another way in refused was no guess at a password.
    tries = tries.exclude(way=OTHER_WAY)
    known = set(
        SignIn.objects.filter(
            name_digest=digest_of_name(username), outcome__in=_SUCCESSES, at__gt=at - REMEMBERED
        ).values_list("address", flat=True)
    )
    is_known = origin.address in known
    here = tries.filter(address=origin.address) if is_known else tries.exclude(address__in=known - {None})
    failures = _since_success(here)
    wait = timedelta()
    if len(failures) >= FREE_TRIES:
        # Doubling far beyond the longest wait would only overflow.
        doubled = FIRST_WAIT * 2 ** min(len(failures) - FREE_TRIES, 10)
        wait = max(failures[0] + min(doubled, LONGEST_WAIT) - at, wait)
    if not is_known and origin.address:
        crowd = SignIn.objects.filter(address=origin.address, outcome__in=_FAILURES, at__gt=at - LONGEST_WAIT)
        if crowd.count() >= FROM_ONE_ADDRESS:
            wait = max(LONGEST_WAIT, wait)
    return wait


def _since_success(tries: QuerySet[SignIn]) -> list[datetime]:
    """The failures since the last success, the newest first."""
    success = tries.filter(outcome__in=_SUCCESSES).order_by("-at").values_list("at", flat=True).first()
    failures = tries.filter(outcome__in=_FAILURES)
    if success:
        failures = failures.filter(at__gt=success)
    return list(failures.order_by("-at").values_list("at", flat=True)[:50])


def note(
    outcome: SignIn.Outcome, *, username: str, user: User | None, origin: Origin, at: datetime, way: str = ""
) -> None:
    """Write one line of the log of sign-ins; repeated locks within one wait are one line."""
    digest = digest_of_name(username)
    if outcome == SignIn.Outcome.LOCKED:
        last = SignIn.objects.filter(name_digest=digest).order_by("-at", "-pk").first()
        if last is not None and last.outcome == SignIn.Outcome.LOCKED:
            return
    SignIn(
        id=new_id(),
        user=user,
        name_digest=digest,
        outcome=outcome,
        way=way or origin.way,
        address=origin.address,
        agent=origin.agent,
        at=at,
    ).save(force_insert=True)
