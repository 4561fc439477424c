"""Somebody leaves a company (离职交接): what they had ends at once, what they held goes to another."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from guiju.accounts.models import SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services.attempts import note
from guiju.accounts.services.sessions import close_sessions
from guiju.database.scope import scope_with, scope_with_user
from guiju.evidence.services import Act, one_entry, record
from guiju.kernel.errors import Refused
from guiju.organisations.models import Department, Member, MemberRole, Token, User
from guiju.organisations.permissions import require
from guiju.organisations.registry import HOLDINGS
from guiju.organisations.services.roles import end_grant, lock_administrators, refuse_last_administrator
from guiju.organisations.services.substitutes import end_substitutions
from guiju.organisations.services.tokens import end_token

LONGEST_REASON = 200


@dataclass(frozen=True)
class HandedOver:
    """What ended and what changed hands, for the person who did it to read; of `released` what nobody took over."""

    roles: int
    tokens: int
    sessions: int
    holdings: tuple[tuple[str, int], ...]
    is_active: bool
    released: frozenset[str] = frozenset()

    @property
    def given(self) -> str:
        """What was handed over, in words."""
        return "、".join(f"{label}{count}项" for label, count in self.holdings if label not in self.released)

    @property
    def let_go(self) -> str:
        """What was let go of, in words."""
        places = {one.label: one.release_to for one in HOLDINGS}
        return "、".join(f"{label}{count}项{places[label]}" for label, count in self.holdings if label in self.released)


@transaction.atomic
def end_member(
    *,
    member: Member,
    successor: Member | None,
    reason: str,
    actor: Member,
    origin: Origin,
    at: datetime,
    is_released: bool = False,
) -> HandedOver:
    """End a membership (办理离职): roles, tokens and sessions at once; all that is in hand goes to the successor.

    What can be let go of, customers, goes to whoever takes it where it `is_released`. Raises `Refused` when something
    is in hand and nobody takes it, and for the last administrator.
    """
    require(actor, "member.end", on=member.entity_id)
    lock_administrators()
    member = Member.objects.select_for_update(of=("self",)).select_related("user", "entity").get(pk=member.pk)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    _refuse_leaving(member, successor, reason, actor)
    act = Act("accounts.end_member", actor, at, (), reason)
    held = list(MemberRole.objects.select_for_update().filter(member=member, ended_at=None))
    refuse_last_administrator(member, {one.role_id for one in held})
    with one_entry(act, about=member):
        for one in held:
            end_grant(one, act)
        end_substitutions(member, act)
        released = frozenset(one.label for one in HOLDINGS if is_released and one.release)
        # They belong to the company of who leaves, which is in sight of an administrator above as a structure only.
        with scope_with(member.entity_id):
            holdings = _hand_over(member, successor, released, act)
        tokens = [
            end_token(token, act) for token in Token.objects.select_for_update().filter(member=member, revoked_at=None)
        ]
        member.left_at = at
        member.save(update_fields=["left_at"])
        with scope_with(member.entity_id):
            record(act, entity_id=member.entity_id, subject=member)
    sessions = close_sessions(member.user)
    note(SignIn.Outcome.ENDED, username=member.user.username, user=member.user, origin=origin, at=at, way="session")
    is_active = _works_elsewhere(member.user)
    if not is_active:
        User.objects.filter(pk=member.user_id).update(is_active=False)
    return HandedOver(len(held), len(tokens), sessions, tuple(holdings), is_active, released)


def _refuse_leaving(member: Member, successor: Member | None, reason: str, actor: Member) -> None:
    if member.user_id == actor.user_id:
        raise Refused("own_leaving", "不能办理自己的离职：请另一位系统管理员办理")
    if member.left_at:
        raise Refused("member_left", f"{member.user.name}已经离开")
    if not reason:
        raise Refused("reason_empty", "请写明原因，例如：离职", field="reason")
    if successor is not None and (
        successor.entity_id != member.entity_id or successor.left_at or successor.user_id == member.user_id
    ):
        raise Refused("successor_company", "接手人要是同一家公司的另一位在职成员", field="successor")


def in_hand(member: Member) -> list[tuple[str, int]]:
    """What a member holds that somebody else has to take over, in words and numbers."""
    with scope_with(member.entity_id):
        heads = Department.objects.filter(head=member, closed_at=None).count()
        counted = [("部门负责人", heads), *((holding.label, holding.count(member)) for holding in HOLDINGS)]
    return [(label, count) for label, count in counted if count]


def _hand_over(member: Member, successor: Member | None, released: Set[str], act: Act) -> list[tuple[str, int]]:
    held = in_hand(member)
    left = [(label, count) for label, count in held if label not in released]
    if left and successor is None:
        what = "、".join(f"{label}{count}项" for label, count in left)
        raise Refused("successor_missing", f"{member.user.name}手上还有{what}：请选择接手人", field="successor")
    if successor is not None:
        for department in Department.objects.select_for_update().filter(head=member, closed_at=None):
            department.head = successor
            department.save(update_fields=["head"])
            record(act, entity_id=department.entity_id, subject=department)
    for holding in HOLDINGS:
        if holding.release is not None and holding.label in released:
            holding.release(member, act)
        elif successor is not None:
            holding.hand_over(member, successor, act)
    return held


def _works_elsewhere(user: User) -> bool:
    with scope_with_user(user.pk):
        return Member.objects.filter(user=user, left_at=None).exists()
