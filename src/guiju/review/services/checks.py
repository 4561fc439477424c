"""A review is kept with its answers (审查记录), so that it can be shown which text was judged, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from guiju.database.models import new_id
from guiju.evidence.services import Act, record
from guiju.kernel.rules.model import Occasion
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.review.models import Check
from guiju.rulebook import VERSION


@dataclass(frozen=True)
class Outcome:
    """What one review found: its answers, and how many lines could not be read."""

    kind: str
    source: str
    digest: str
    occasion: Occasion
    law_as_of: date
    answers: Sequence[dict[str, Any]]
    unusable: int = 0

    def count(self, decision: str) -> int:
        return sum(answer.get("decision") == decision for answer in self.answers)


@transaction.atomic
def keep_check(*, outcome: Outcome, actor: Member, at: datetime) -> Check:
    """Keep a review of one's own company; raises `NotAllowed`."""
    require(actor, "text.review", on=actor.entity_id)
    check = Check(
        id=new_id(),
        entity_id=actor.entity_id,
        member=actor,
        kind=outcome.kind,
        source=outcome.source[:200],
        digest=outcome.digest,
        sector=outcome.occasion.sector or "",
        channel=outcome.occasion.channel or "",
        contract_type=outcome.occasion.contract_type or "",
        law_as_of=outcome.law_as_of,
        rules_version=VERSION,
        total=len(outcome.answers),
        blocked=outcome.count("block"),
        reviewed=outcome.count("review"),
        unusable=outcome.unusable,
        answers=list(outcome.answers),
        made_at=at,
    )
    check.save(force_insert=True)
    record(Act("review.keep_check", actor, at), entity_id=check.entity_id, subject=check)
    return check
