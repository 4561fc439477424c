"""Links with which a person sets a password (激活链接、重置): always by two people."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from guiju.accounts.models import AccountLink, SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.registry import FORGETTING
from guiju.accounts.services.attempts import note, one_at_a_time, wait_of
from guiju.accounts.services.factors import drop_factor
from guiju.accounts.services.person import record_of
from guiju.accounts.services.sessions import close_sessions
from guiju.accounts.services.signing_in import locked_sentence
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.crypto.typed import digest_of, new_code
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import Department, Entity, Member, User
from guiju.organisations.permissions import require, roles_of
from guiju.organisations.registry import THREE_ADMINISTRATORS
from guiju.organisations.services.people import PersonDetails, add_member, make_invited_user, password_problems
from guiju.organisations.services.tokens import revoke_tokens

VALID = timedelta(days=7)
MOST_TRIES = 5


@dataclass(frozen=True)
class Invitation:
    """A new member and the code of the link, which is shown once."""

    member: Member
    secret: str


@transaction.atomic
def invite_person(
    *,
    details: PersonDetails,
    company: Entity,
    actor: Member,
    at: datetime,
    title: str = "",
    department: Department | None = None,
) -> Invitation:
    """Make an account for a new person and their place in a company (邀请); they set the password themselves."""
    require(actor, "member.add", on=company.pk)
    user = make_invited_user(details=details, at=at)
    member = add_member(company=company, user=user, actor=actor, at=at, title=title, department=department)
    secret = _make_link(user, AccountLink.Sort.INVITE, Act("accounts.invite_person", actor, at), member.entity_id)
    return Invitation(member, secret)


@transaction.atomic
def reinvite_people(*, members: Sequence[Member], actor: Member, at: datetime) -> list[Invitation]:
    """Make new links for people who never set a password (重新邀请), those of a list that came in too.

    Links from before are void; each code is shown once. Whoever has a password is refused: that is a reset.
    """
    made = []
    act = Act("accounts.reinvite_people", actor, at)
    # Once for who works in two companies: a second link would void the first.
    for member in {one.user_id: one for one in members}.values():
        require(actor, "member.add", on=member.entity_id)
        if member.left_at or member.user.has_usable_password():
            raise Refused("member_active", f"{member.user.name}已经离开，或已设过口令：设过口令的请用“重置口令”")
        made.append(Invitation(member, _make_link(member.user, AccountLink.Sort.INVITE, act, member.entity_id)))
    return made


@transaction.atomic
def reset_account(*, member: Member, drops_factor: bool, actor: Member, at: datetime) -> str:
    """Make a link with which a member sets a new password (重置账号), and a new second factor where that is lost.

    Nothing ends before the link is used. Returns the link's code, which is shown once.
    """
    require(actor, "account.reset", on=member.entity_id)
    if member.user_id == actor.user_id:
        raise Refused("own_account", "不能重置自己的账号：请另一个管理员办理")
    if member.left_at:
        raise Refused("member_left", f"{member.user.name}已经离开，账号不能重置")
    act = Act("accounts.reset_account", actor, at)
    return _make_link(member.user, AccountLink.Sort.RESET, act, member.entity_id, drops_factor=drops_factor)


def make_recovery_link(user: User, *, entity_id: UUID, at: datetime) -> tuple[str, str]:
    """Both halves at once, for who has shown the recovery sheets on the server; the old factor goes."""
    User.objects.filter(pk=user.pk).update(is_active=True)
    secret, link = _new_link(user, AccountLink.Sort.RESET, at=at, drops_factor=True)
    code = _new_second_half(link)
    link.save(force_insert=True)
    record(Act("accounts.recover_account", None, at), entity_id=entity_id, subject=link)
    return secret, code


def _new_link(user: User, sort: str, *, at: datetime, **more: Any) -> tuple[str, AccountLink]:
    """A link that isn't written yet, and its code; those that were open before are void."""
    for old in AccountLink.objects.select_for_update().filter(user=user, used_at=None, expires_at__gt=at):
        old.expires_at = at
        old.save(update_fields=["expires_at"])
        record_of(user, old, action="accounts.void_link", at=at)
    secret = new_code()
    link = AccountLink(
        id=new_id(), user=user, sort=sort, digest=digest_of(secret), made_at=at, expires_at=at + VALID, **more
    )
    return secret, link


def _new_second_half(link: AccountLink) -> str:
    code = f"{secrets.randbelow(10**8):08d}"
    link.code_digest, link.tries = digest_of(code), 0
    return code


def _make_link(user: User, sort: AccountLink.Sort, act: Act, entity_id: UUID, *, drops_factor: bool = False) -> str:
    """Write a new link and its entry."""
    actor = act.actor
    assert isinstance(actor, Member)
    secret, link = _new_link(
        user,
        sort,
        at=act.at,
        made_by=actor.user,
        made_in=_administrators_role(actor),
        drops_factor=drops_factor,
    )
    link.save(force_insert=True)
    with scope_with(entity_id):
        record(act, entity_id=entity_id, subject=link)
    return secret


def _administrators_role(actor: Member) -> str:
    return next((role.code for role in roles_of(actor) if role.code in THREE_ADMINISTRATORS), "")


@transaction.atomic
def confirm_account_link(*, member: Member, actor: Member, at: datetime) -> str:
    """Confirm that it is the person who asks (核验): returns a code that is typed beside the link's.

    The one who confirms is another person with another of the three roles than the one who made the link.
    """
    require(actor, "account.confirm", on=member.entity_id)
    link = (
        AccountLink.objects.select_for_update()
        .filter(user_id=member.user_id, used_at=None, expires_at__gt=at)
        .order_by("-made_at")
        .first()
    )
    if link is None:
        raise Missing("link_missing", f"{member.user.name}没有待用的激活或重置链接")
    if actor.user_id in (link.made_by_id, member.user_id) or _administrators_role(actor) == link.made_in:
        raise Refused("same_administrator", "发出链接和核验要由两种管理员的两个人分别办理，也不能核验自己")
    code, link.confirmed_by = _new_second_half(link), actor.user
    link.save(update_fields=["code_digest", "confirmed_by", "tries"])
    with scope_with(member.entity_id):
        record(Act("accounts.confirm_account_link", actor, at), entity_id=member.entity_id, subject=link)
    return code


@dataclass(frozen=True)
class Activation:
    """What a person types to get in: their name, the link's code, perhaps the second code, a new password."""

    username: str
    secret: str
    code: str
    password: str


@transaction.atomic
def activate_account(*, wanted: Activation, origin: Origin, at: datetime) -> User | list[Problem]:
    """Set a password with a link (激活账号); sessions and tokens from before end.

    Returns the user, or what is wrong; problems aren't raised, since a wrong try has to be counted.
    """
    one_at_a_time(wanted.username)
    if wait := wait_of(wanted.username, origin, at=at):
        note(SignIn.Outcome.LOCKED, username=wanted.username, user=None, origin=origin, at=at)
        return [Problem("locked", locked_sentence(wait))]
    link = (
        AccountLink.objects.select_for_update(of=("self",))
        .select_related("user")
        .filter(
            digest=digest_of(wanted.secret),
            user__username=wanted.username.strip().casefold()[:60],
            used_at=None,
            expires_at__gt=at,
        )
        .first()
    )
    if link is None or link.tries >= MOST_TRIES:
        note(SignIn.Outcome.WRONG_LINK, username=wanted.username, user=None, origin=origin, at=at, way="link")
        return [Problem("link_wrong", "用户名或激活码不对，或者已经用过、过期：请系统管理员重新发一个", "secret")]
    user = link.user
    if problem := _second_half_problem(link, wanted.code):
        link.tries += 1
        link.save(update_fields=["tries"])
        note(SignIn.Outcome.WRONG_LINK, username=user.username, user=user, origin=origin, at=at, way="link")
        return [problem]
    if problems := password_problems(wanted.password, user):
        return problems
    user.set_password(wanted.password)
    user.save(update_fields=["password"])
    if link.drops_factor:
        drop_factor(user, at=at)
    if link.sort == AccountLink.Sort.RESET:
        for forget in FORGETTING:
            forget(user, at)
    link.used_at = at
    link.save(update_fields=["used_at"])
    close_sessions(user)
    note(SignIn.Outcome.ACTIVATED, username=user.username, user=user, origin=origin, at=at, way="link")
    _record_activation(link, at)
    return user


def _second_half_problem(link: AccountLink, code: str) -> Problem | None:
    """Nobody gets in with the link alone: whoever made it could keep the password and wait for the rights."""
    if link.code_digest is None:
        who = "安全管理员或审计管理员"
        return Problem("code_missing", f"还要一个核验码：请{who}当面或电话核对本人后给出", "code")
    if bytes(link.code_digest) != digest_of(code):
        left = MOST_TRIES - link.tries - 1
        return Problem("code_wrong", f"核验码不对，还可以试{left}次" if left else "核验码不对，这个链接已作废", "code")
    return None


def _record_activation(link: AccountLink, at: datetime) -> None:
    with scope(user=link.user_id):
        member = Member.objects.filter(user_id=link.user_id, left_at=None).order_by("joined_at").first()
    if member is not None:
        with scope(entities={member.entity_id}, user=link.user_id):
            revoke_tokens(user=link.user, actor=member, at=at)
    record_of(link.user, link, action="accounts.activate_account", at=at)
