"""Which complaints are about the same thing (群体投诉): those that were tied, and those that likely are."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from guiju.complaints.models import Complaint, Group
from guiju.complaints.selectors.cases import CaseReading
from guiju.kernel.errors import Missing
from guiju.keys.values import sealed_values

LOOKED_AT, SHOWN = 300, 10
SPAN = timedelta(days=90)
ENOUGH, ENOUGH_OF_SAME = 0.30, 0.15
"""Which part of the pairs of letters two texts share: less is enough where it is about one product."""


@dataclass(frozen=True)
class Likely:
    """A case that may be about the same, and why."""

    case: Complaint
    share: float
    why: str
    text: str


def group_of(case: Complaint) -> Group | None:
    return Group.objects.filter(ties__complaint=case, ties__ended_at=None).first()


def group_in(reading: CaseReading, group_id: UUID) -> tuple[Group, list[Complaint]]:
    """A group and its cases in sight."""
    found = Group.objects.filter(pk=group_id).first()
    cases = list(reading.rows().filter(ties__group=group_id, ties__ended_at=None).order_by("due_at", "pk"))
    if found is None or not cases:
        raise Missing("group_missing", "没有这组投诉，或您的角色看不到它")
    return found, cases


def likely_same(reading: CaseReading, case: Complaint) -> list[Likely]:
    """The newest cases of the company that read alike, the likeliest first."""
    mine = pairs_of(_text(case))
    rows = reading.rows().filter(entity_id=case.entity_id, kind=case.kind, received_at__gt=case.received_at - SPAN)
    rows = rows.exclude(pk=case.pk).exclude(ties__in=_ties_with(case)).order_by("-received_at", "-id")
    found = []
    for one in rows[:LOOKED_AT]:
        same = mine & (theirs := pairs_of(_text(one)))
        share = len(same) / len(mine | theirs) if mine or theirs else 0.0
        is_same_product = case.product_id is not None and one.product_id == case.product_id
        if share < (ENOUGH_OF_SAME if is_same_product else ENOUGH):
            continue
        words = "、".join(f"“{pair}”" for pair in sorted(same)[:4])
        why = f"{'同一产品，' if is_same_product else ''}文字重合 {round(share * 100)}%（{words}）"
        found.append(Likely(one, share, why, _text(one)[:60]))
    return sorted(found, key=lambda one: -one.share)[:SHOWN]


def _ties_with(case: Complaint) -> list[UUID]:
    group = group_of(case)
    return list(group.ties.filter(ended_at=None).values_list("pk", flat=True)) if group else []


def pairs_of(text: str) -> frozenset[str]:
    """The pairs of neighbouring letters of a text, without signs and spaces."""
    plain = "".join(one for one in unicodedata.normalize("NFKC", text).casefold() if one.isalnum())
    return frozenset(plain[place : place + 2] for place in range(len(plain) - 1))


def _text(case: Complaint) -> str:
    return str(sealed_values(case, "sealed").get("text", ""))
