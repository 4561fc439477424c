"""What a new case seems to be about is put down when it comes in (原因建议)."""

from __future__ import annotations

from guiju.complaints.models import Complaint
from guiju.complaints.selectors.causes import tree_of
from guiju.organisations.models import Entity


def propose_cause(found: Complaint, text: str) -> None:
    """Put down what the words of a new case seem to say, until somebody confirms it; the row is saved by who asks."""
    if found.cause:
        return
    proposed = tree_of(Entity.objects.get(pk=found.entity_id)).proposed(text)
    if proposed:
        found.cause, found.is_unweighed = proposed[0].cause.code, True
