"""Reads of emergency access and of reviews of rights."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from guiju.access.models import EmergencyAccess, ReviewLine, RightsReview, Succession
from guiju.access.permissions import may_decide
from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, covered_by


def emergencies_for(member: Member) -> QuerySet[EmergencyAccess]:
    """A member's own, and for who reviews them those of the companies in reach; the newest first."""
    require_scope()
    shown = (
        Q(member__user_id=member.user_id)
        | covered_by(member, "emergency.review")
        | covered_by(member, "emergency.decide")
    )
    found = EmergencyAccess.objects.filter(shown).select_related(
        "member__user", "entity", "role", "allowed_by", "reviewed_by"
    )
    return found.order_by("-asked_at", "-pk")


def unreviewed_emergencies(member: Member) -> QuerySet[EmergencyAccess]:
    """Emergency access that was allowed and that nobody has looked at yet."""
    return emergencies_for(member).filter(until__isnull=False, reviewed_at=None)


def recent_successions(member: Member) -> list[Succession]:
    """Who took over from whom as an administrator lately, for the administrators; the newest first."""
    require_scope()
    found = Succession.objects.filter(covered_by(member, "administrator.replace"))
    return list(
        found.select_related("role", "leaving__user", "successor__user", "allowed_by").order_by("-asked_at")[:10]
    )


def reviews_for(member: Member) -> QuerySet[RightsReview]:
    """The reviews of companies in reach, and those in which a member is named."""
    require_scope()
    named = ReviewLine.objects.filter(reviewer=member).values("review_id")
    shown = Q(pk__in=named) | covered_by(member, "review.read") | covered_by(member, "review.confirm")
    return (
        RightsReview.objects.filter(shown)
        .select_related("entity")
        .annotate(
            total=Count("lines"),
            left=Count("lines", filter=Q(lines__outcome=ReviewLine.Outcome.OPEN)),
            removed=Count("lines", filter=Q(lines__outcome=ReviewLine.Outcome.REMOVED)),
        )
        .order_by("-quarter", "entity__unified_code")
    )


def review_for(member: Member, review_id: UUID) -> RightsReview:
    found = reviews_for(member).filter(pk=review_id).first()
    if found is None:
        raise Missing("review_missing", "没有这次权限复核，或您的角色看不到它")
    return found


def lines_of_review(review: RightsReview, member: Member) -> list[tuple[ReviewLine, bool]]:
    """All grants under review, each with whether it is this member's to decide now."""
    lines = (
        ReviewLine.objects.filter(review=review)
        .select_related("held__member__user", "held__member__department", "held__role", "reviewer__user", "decided_by")
        .order_by("held__member__user__username", "held__role__name")
    )
    is_open = ReviewLine.Outcome.OPEN
    may_confirm = allows(member, "review.confirm", on=review.entity_id)
    return [(line, line.outcome == is_open and may_decide(line, member, may_confirm=may_confirm)) for line in lines]


def state_of(found: EmergencyAccess, *, at: datetime) -> str:
    """待批准, 未批准, 使用中, 待复核, 已复核."""
    if found.refused_at:
        return "未批准"
    if found.until is None:
        return "待批准"
    if found.until > at:
        return "使用中"
    return "已复核" if found.reviewed_at else "待复核"


def lines_of_emergencies(found: Any, member: Member, *, at: datetime) -> list[tuple[EmergencyAccess, str]]:
    return [(one, state_of(one, at=at)) for one in found]
