"""Signing in by the company's identity provider (企业账号登录): whose account it is, and what that lets them do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from guiju.accounts.models import Factor, SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services.attempts import OTHER_WAY, note, one_at_a_time
from guiju.accounts.services.factors import drop_factor
from guiju.accounts.services.person import record_of
from guiju.accounts.services.signing_in import Signed
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.directory.models import Identity
from guiju.directory.oidc import Claims
from guiju.directory.services.groups import settle_groups
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import EntityPath, Member, MemberRole, User
from guiju.organisations.registry import THREE_ADMINISTRATORS


@transaction.atomic
def sign_in_by_provider(*, claims: Claims, origin: Origin, at: datetime) -> Signed:
    """Let in whom the provider vouches for; `HALF` asks for the code of a second factor that is set here.

    The first time, an account that has no password yet is taken by its user name; one that has is
    linked by its owner after signing in with it, so that nobody takes an account over by a name.
    """
    one_at_a_time(claims.subject)
    identity = Identity.objects.filter(issuer=claims.issuer, subject=claims.subject, ended_at=None).first()
    user = User.objects.get(pk=identity.user_id) if identity else _user_by_name(claims)
    refusal = _why_not(user, claims, is_linked=identity is not None)
    if user is None or refusal:
        note(
            SignIn.Outcome.WRONG,
            username=claims.username or claims.subject,
            user=user,
            origin=origin,
            at=at,
            way=OTHER_WAY,
        )
        return Signed(SignIn.Outcome.WRONG, sentence=refusal)
    if identity is None:
        _link(user, claims, at)
    if claims.groups is not None:
        _settle(user, claims.groups, at)
    outcome = SignIn.Outcome.HALF if Factor.objects.filter(user=user).exists() else SignIn.Outcome.DONE
    note(outcome, username=user.username, user=user, origin=origin, at=at, way=OTHER_WAY)
    return Signed(outcome, user)


def _user_by_name(claims: Claims) -> User | None:
    """By the name as it is: what only looks like it after folding or cutting is another's."""
    name = claims.username
    return User.objects.filter(username=name.lower()).first() if name and name.isascii() else None


def _why_not(user: User | None, claims: Claims, *, is_linked: bool) -> str:
    if user is None:
        return f"企业账号“{claims.username or claims.subject}”在这里还没有成员：请系统管理员邀请，用户名与企业账号一致"
    if not user.is_active:
        return "这个账号已停用：请联系系统管理员"
    if _is_administrator(user):
        # Who runs the provider would be an administrator above the three.
        return "系统、安全、审计三个管理员用本机口令登录，不用企业账号"
    if is_linked:
        return ""
    if user.has_usable_password():
        return "您已有本机口令：请先用口令登录，再到“我的账号”关联企业账号"
    if Identity.objects.filter(issuer=claims.issuer, user=user, ended_at=None).exists():
        return "这个用户名已关联另一个企业账号：请系统管理员核对"
    return ""


def _is_administrator(user: User) -> bool:
    with scope(user=user.pk):
        places = list(Member.objects.filter(user=user, left_at=None).values_list("pk", "entity_id"))
    with scope(entities={entity for _, entity in places}, trees={entity for _, entity in places}):
        held = MemberRole.objects.filter(member__in=[member for member, _ in places], ended_at=None)
        return held.filter(role_id__in=THREE_ADMINISTRATORS).exists()


def _link(user: User, claims: Claims, at: datetime) -> Identity:
    """Write whose account it is, in the name of the person where they have worked longest."""
    made = Identity(id=new_id(), user=user, issuer=claims.issuer, subject=claims.subject, linked_at=at)
    made.save(force_insert=True)
    return _recorded(made, "directory.link_identity", at)


def _recorded(identity: Identity, action: str, at: datetime) -> Identity:
    record_of(identity.user, identity, action=action, at=at)
    return identity


def _settle(user: User, groups: Iterable[str], at: datetime) -> None:
    """The roles of the groups, in each company where the person works; mappings stand in the companies above."""
    with scope(user=user.pk):
        members = list(Member.objects.filter(user=user, left_at=None).order_by("joined_at", "pk"))
    for member in members:
        above = set(EntityPath.objects.filter(descendant_id=member.entity_id).values_list("ancestor_id", flat=True))
        with scope(entities={member.entity_id}, trees=above, user=user.pk):
            settle_groups(
                member=Member.objects.select_related("user", "entity").get(pk=member.pk),
                groups=groups,
                by_directory=False,
                at=at,
            )


@transaction.atomic
def link_identity(*, claims: Claims, actor: Member, at: datetime) -> Identity:
    """Link an account of the provider with one's own (关联企业账号), from a session with a password."""
    one_at_a_time(claims.subject)
    if _is_administrator(actor.user):
        raise Refused("identity_administrator", "系统、安全、审计三个管理员用本机口令登录，不能关联企业账号")
    known = Identity.objects.filter(issuer=claims.issuer, subject=claims.subject, ended_at=None).first()
    if known is not None:
        whose = "已经关联" if known.user_id == actor.user_id else "已关联另一个人的账号：请系统管理员核对"
        raise Refused("identity_taken", f"这个企业账号{whose}")
    if Identity.objects.filter(issuer=claims.issuer, user_id=actor.user_id, ended_at=None).exists():
        raise Refused("identity_twice", "您已关联了另一个企业账号：请先解除")
    return _link(actor.user, claims, at)


@transaction.atomic
def unlink_identity(*, actor: Member, at: datetime) -> Identity:
    """Undo the link of one's own account (解除关联); who has no password here keeps it, or could not come back."""
    found = Identity.objects.select_for_update().filter(user_id=actor.user_id, ended_at=None).first()
    if found is None:
        raise Missing("identity_missing", "您没有关联企业账号")
    if not actor.user.has_usable_password():
        raise Refused("identity_only", "您还没有本机口令，解除后就登录不了：请先请系统管理员发激活链接")
    found.ended_at = at
    found.save(update_fields=["ended_at"])
    with scope_with(actor.entity_id):
        record(Act("directory.unlink_identity", actor, at), entity_id=actor.entity_id, subject=found)
    return found


def identity_of(user: User) -> Identity | None:
    """The account of the provider that a person has linked."""
    return Identity.objects.filter(user=user, ended_at=None).first()


def forget_identity(user: User, at: datetime) -> None:
    """End the link with the provider: for who becomes an administrator, and after an account was reset."""
    for one in Identity.objects.select_for_update().filter(user=user, ended_at=None):
        one.ended_at = at
        one.save(update_fields=["ended_at"])
        _recorded(one, "directory.forget_identity", at)


def begin_anew(user: User, at: datetime) -> None:
    """Whoever came by the provider so far and becomes an administrator sets a second factor anew as well:
    the one before may have been set by whoever runs the provider."""
    if Identity.objects.filter(user=user).exists():
        forget_identity(user, at)
        drop_factor(user, at=at)
