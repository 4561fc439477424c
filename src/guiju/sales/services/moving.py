"""Opportunities go from stage to stage and are won or lost (推进商机)."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from guiju.evidence.services import Act
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.sales.models import Opportunity
from guiju.sales.selectors.stages import stages_of
from guiju.sales.services.details import LONGEST_TEXT, one_line, problems_of_amount, problems_of_text
from guiju.sales.services.opportunities import (
    locked_opportunity,
    refuse_closed,
    refuse_stale,
    stage_unknown,
    written,
)


@transaction.atomic
def move_opportunity(
    *, opportunity_id: UUID, stage: str, actor: Member, at: datetime, seen: datetime | None = None
) -> Opportunity:
    """Move an opportunity to another stage (移动商机); `seen` is when it was last changed as the board showed it."""
    found = locked_opportunity(opportunity_id, actor, "opportunity.change", at)
    refuse_stale(found, seen)
    refuse_closed(found)
    stages = stages_of(found.entity_id)
    if stage not in stages:
        raise stage_unknown(stage)
    if found.stage == stage:
        raise Refused("nothing_changed", f"已经在“{stages.label(stage)}”")
    found.stage, found.staged_at = stage, at
    return written(found, Act("sales.move_opportunity", actor, at))


@transaction.atomic
def win_opportunity(
    *,
    opportunity_id: UUID,
    actor: Member,
    at: datetime,
    amount: Decimal | None = None,
    seen: datetime | None = None,
) -> Opportunity:
    """The customer buys (赢单); an amount given here takes the place of the one that was hoped for."""
    found = locked_opportunity(opportunity_id, actor, "opportunity.change", at)
    refuse_stale(found, seen)
    refuse_closed(found)
    if problems := problems_of_amount(amount):
        raise Refused.because(problems)
    found.amount = found.amount if amount is None else amount
    found.next_step, found.next_on = "", None
    found.state, found.closed_at = Opportunity.State.WON, at
    return written(found, Act("sales.win_opportunity", actor, at))


@transaction.atomic
def lose_opportunity(
    *, opportunity_id: UUID, reason: str, actor: Member, at: datetime, note: str = "", seen: datetime | None = None
) -> Opportunity:
    """The customer doesn't buy (输单), for one of the reasons of the company."""
    found = locked_opportunity(opportunity_id, actor, "opportunity.change", at)
    refuse_stale(found, seen)
    refuse_closed(found)
    if reason not in stages_of(found.entity_id).offered:
        raise Refused("lost_reason", "请选择输单原因", field="reason")
    if problems := problems_of_text(note, "说明", "note", LONGEST_TEXT):
        raise Refused.because(problems)
    found.lost_reason, found.lost_note = reason, one_line(note)
    found.next_step, found.next_on = "", None
    found.state, found.closed_at = Opportunity.State.LOST, at
    return written(found, Act("sales.lose_opportunity", actor, at))


@transaction.atomic
def reopen_opportunity(*, opportunity_id: UUID, actor: Member, at: datetime) -> Opportunity:
    """Take back that an opportunity was won or lost (重新打开); it stands again in the stage where it was."""
    found = locked_opportunity(opportunity_id, actor, "opportunity.change", at)
    if found.is_open:
        raise Refused("open_already", "这个商机正在进行中")
    stages = stages_of(found.entity_id)
    if found.stage not in stages:
        found.stage = stages.first.code
    found.state, found.closed_at, found.staged_at = Opportunity.State.OPEN, None, at
    found.lost_reason, found.lost_note = "", ""
    return written(found, Act("sales.reopen_opportunity", actor, at))
