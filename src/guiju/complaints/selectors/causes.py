"""The causes of complaints as a company has them, and what a case seems to be about (投诉的原因)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from uuid import UUID

from guiju.complaints.models import CompanyCause, Complaint
from guiju.kernel.causes import Cause, Proposal, Tree
from guiju.keys.values import sealed_values
from guiju.organisations.models import Entity
from guiju.rulebook.causes import built_in_causes, causes_of_sector

COMPARED = 100
"""With so many of the newest confirmed cases a text is compared: each has to be opened first."""
MOST_PROPOSED = 3


def tree_of(company: Entity) -> Tree:
    """The causes that come with the program for its sector, and its own; in the company's scope."""
    own = CompanyCause.objects.filter(entity_id=company.pk).exclude(label="").order_by("label")
    added = (
        Cause(
            one.code,
            one.label,
            one.parent,
            tuple(one.words),
            is_safety=one.is_safety,
            is_own=True,
            is_offered=one.retired_at is None,
        )
        for one in own
    )
    return _grown((*causes_of_sector(company.sector), *added))


@lru_cache(maxsize=256)
def _grown(causes: tuple[Cause, ...]) -> Tree:
    """Kept, so that its words are put together once and not for each case."""
    return Tree(causes)


def labels_of(companies: Iterable[UUID]) -> Mapping[str, str]:
    """What causes are called, for cases of several companies: every built-in one, and the companies' own."""
    own = CompanyCause.objects.filter(entity_id__in=list(companies)).exclude(label="")
    tree = Tree(
        (
            *built_in_causes(),
            *(Cause(one.code, one.label, one.parent, is_own=True) for one in own),
        )
    )
    return {one.code: tree.label(one.code) for one in tree.causes}


def proposals_for(case: Complaint, tree: Tree) -> list[Proposal]:
    """What its text seems to be about: by words, and by how like it is to cases that were confirmed (原因建议)."""
    text = str(sealed_values(case, "sealed").get("text", ""))
    confirmed = (
        Complaint.objects.filter(entity_id=case.entity_id, is_cause_confirmed=True)
        .exclude(pk=case.pk)
        .only("pk", "entity_id", "cause", "sealed")
        .order_by("-received_at", "-id")[:COMPARED]
    )
    known = [(one.cause, str(sealed_values(one, "sealed").get("text", ""))) for one in confirmed]
    return tree.proposed(text, known)[:MOST_PROPOSED]


def departments_of_causes(entity_id: UUID) -> Mapping[str, UUID]:
    """Which department answers for which cause, or for all below a branch."""
    rows = CompanyCause.objects.filter(entity_id=entity_id, department__isnull=False)
    return dict(rows.values_list("code", "department_id"))
