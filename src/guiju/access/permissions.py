"""Whose a line of a review is to decide."""

from __future__ import annotations

from guiju.access.models import ReviewLine
from guiju.organisations.models import Member
from guiju.organisations.permissions import rights_of


def may_decide(line: ReviewLine, actor: Member, *, may_confirm: bool) -> bool:
    """Whether a line is a member's to decide: named (or standing in for who is), or by right.

    `may_confirm` is whether the right to confirm covers the company, asked once for all its lines.
    """
    if line.held.member.user_id == actor.user_id:
        return False
    hands = {hand.member_id for hand in rights_of(actor).hands} | {actor.pk}
    return line.reviewer_id in hands or may_confirm
