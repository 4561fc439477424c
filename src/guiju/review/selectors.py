"""Reads of reviews and of the words of companies."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from django.db.models import QuerySet

from guiju.database.scope import require_scope
from guiju.kernel.errors import Missing
from guiju.kernel.rules.text import Exemption
from guiju.organisations.models import Member
from guiju.organisations.permissions import Sight, require
from guiju.organisations.selectors import Hidden, hidden_from
from guiju.review.models import Check, OwnWord

CATEGORIES = {
    OwnWord.Sort.BRAND: frozenset({"absolute_term", "superstition_or_vulgar", "state_organ_or_flag"}),
    OwnWord.Sort.TRADEMARK: frozenset({"absolute_term", "superstition_or_vulgar", "state_organ_or_flag"}),
    OwnWord.Sort.PATENT: frozenset({"absolute_term", "false_or_unsubstantiated_claim"}),
    OwnWord.Sort.AWARD: frozenset({"absolute_term", "false_or_unsubstantiated_claim"}),
    OwnWord.Sort.GRADE: frozenset({"absolute_term"}),
    OwnWord.Sort.HEALTH_FUNCTION: frozenset({"medical_claim_by_non_medical", "false_or_unsubstantiated_claim"}),
}
"""Of which kinds of findings each sort of words frees; a brand never frees a promise of cure."""


def exemptions_of(entity_id: UUID, *, on: date) -> tuple[Exemption, ...]:
    """The words that a company may use on a day."""
    require_scope()
    allowed = OwnWord.objects.filter(entity_id=entity_id, state=OwnWord.State.ALLOWED, valid_until__gte=on)
    return tuple(Exemption(word.words, CATEGORIES[OwnWord.Sort(word.sort)]) for word in allowed.order_by("pk"))


def own_words_for(member: Member) -> QuerySet[OwnWord]:
    """The words of the companies in sight of a member, those to be decided first."""
    require(member, "text.review", on=member.entity_id)
    require_scope()
    return OwnWord.objects.select_related("entity", "proposed_by__user", "decided_by").order_by(
        "-state", "-proposed_at"
    )


def checks_in(sight: Sight) -> QuerySet[Check]:
    """The reviews in sight, the newest first."""
    require_scope()
    return (
        sight.of(Check.objects.all())
        .select_related("entity", "member__user")
        .defer("answers")
        .order_by("-made_at", "-pk")
    )


def hidden_checks(sight: Sight) -> list[Hidden]:
    return hidden_from(sight, Check.objects.all())


def check_in(sight: Sight, check_id: UUID) -> Check:
    """One review; `Missing` when there is none or it is out of sight."""
    require_scope()
    check = sight.of(Check.objects.filter(pk=check_id)).select_related("entity", "member__user").first()
    if check is None:
        raise Missing("check_missing", "没有这次审查，或您的角色看不到它")
    return check
