"""Reads of who gets which complaint (分派规则)."""

from __future__ import annotations

from uuid import UUID

from django.db.models import Count

from guiju.complaints.models import Complaint, Route
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows


def routes_of(entity_id: UUID) -> list[Route]:
    rows = Route.objects.filter(entity_id=entity_id, ended_at=None).select_related("member__user", "product")
    return list(rows.order_by("product__name", "made_at", "pk"))


def next_holder(found: Complaint) -> Member | None:
    """Who gets a case that comes in: by the rules for its product, else by those for all; whoever has the fewest open."""
    rows = Route.objects.filter(entity_id=found.entity_id, ended_at=None).select_related(
        "member__user", "member__entity"
    )
    rules = [one for one in rows if one.product_id is not None and one.product_id == found.product_id]
    rules = rules or [one for one in rows if one.product_id is None]
    fit = [
        one.member
        for one in rules
        if not one.member.left_at and allows(one.member, "complaint.handle", on=found.entity_id)
    ]
    if not fit:
        return None
    held = Complaint.objects.filter(entity_id=found.entity_id, holder__in=fit, closed_at=None).order_by()
    counts = dict(held.values_list("holder").annotate(Count("pk")))
    return min(fit, key=lambda one: (counts.get(one.pk, 0), one.pk))
