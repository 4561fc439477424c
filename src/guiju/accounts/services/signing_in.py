"""Signing in (身份鉴别): a password, then a code where a second factor is set."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from guiju.accounts.models import Factor, SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services.attempts import note, one_at_a_time, wait_of
from guiju.accounts.services.factors import use_code, use_recovery_code
from guiju.kernel.errors import Refused
from guiju.organisations.models import User

_Outcome = SignIn.Outcome


@dataclass(frozen=True)
class Signed:
    """What a try came to: `user` is whom it concerns, None when nobody was found or let in."""

    outcome: SignIn.Outcome
    user: User | None = None
    wait: timedelta = timedelta()
    sentence: str = ""


@transaction.atomic
def check_password(*, username: str, password: str, origin: Origin, at: datetime) -> Signed:
    """The first step; `HALF` asks for a code. Takes the same time whether the name exists or not."""
    one_at_a_time(username)
    if wait := wait_of(username, origin, at=at):
        note(_Outcome.LOCKED, username=username, user=None, origin=origin, at=at)
        return Signed(_Outcome.LOCKED, wait=wait, sentence=locked_sentence(wait))
    user = User.objects.filter(username=username.strip().casefold()[:60]).first()
    if user is None:
        make_password(password)
        is_right = False
    else:
        is_right = user.check_password(password) and user.is_active
    if not is_right:
        note(_Outcome.WRONG, username=username, user=user, origin=origin, at=at)
        return Signed(_Outcome.WRONG, sentence="用户名或口令不对，请重新输入")
    has_factor = Factor.objects.filter(user=user).exists()
    outcome = _Outcome.HALF if has_factor else _Outcome.DONE
    note(outcome, username=username, user=user, origin=origin, at=at)
    return Signed(outcome, user)


@transaction.atomic
def check_code(*, user: User, code: str, origin: Origin, at: datetime) -> Signed:
    """The second step: a code of the authenticator or a recovery code."""
    one_at_a_time(user.username)
    if wait := wait_of(user.username, origin, at=at):
        note(_Outcome.LOCKED, username=user.username, user=user, origin=origin, at=at)
        return Signed(_Outcome.LOCKED, wait=wait, sentence=locked_sentence(wait))
    outcome, sentence = _Outcome.WRONG_CODE, ""
    try:
        if use_recovery_code(user=user, code=code, at=at):
            outcome = _Outcome.RECOVERED
        else:
            use_code(user=user, code=code, at=at)
            outcome = _Outcome.DONE
    except Refused as refusal:
        sentence = refusal.sentence
    note(outcome, username=user.username, user=user, origin=origin, at=at)
    is_in = outcome in (_Outcome.DONE, _Outcome.RECOVERED) and user.is_active
    return Signed(outcome, user if is_in else None, sentence=sentence)


@transaction.atomic
def sign_out(*, user: User, origin: Origin, at: datetime) -> None:
    """Note that a session ended by its owner's wish (退出登录)."""
    note(_Outcome.LEFT, username=user.username, user=user, origin=origin, at=at)


def locked_sentence(wait: timedelta) -> str:
    """The same words for a name that exists and for one that doesn't."""
    seconds = max(1, round(wait.total_seconds()))
    how_long = f"{-(-seconds // 60)}分钟" if seconds > 60 else f"{seconds}秒"
    return f"连续输错次数太多，请{how_long}后再试；忘了口令可请系统管理员重置"
