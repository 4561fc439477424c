"""Whose a line of a review is to decide."""

from __future__ import annotations

from guiju.access.models import ReviewLine
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, rights_of


def may_decide(line: ReviewLine, actor: Member) -> bool:
    """Whether a line is a member's to decide: named (or standing in for who is), or by right."""
    if line.held.member.user_id == actor.user_id:
        return False
    hands = {hand.member_id for hand in rights_of(actor).hands} | {actor.pk}
    return line.reviewer_id in hands or allows(actor, "review.confirm", on=line.entity_id)
