"""A wrong edit of an opportunity is taken back from its history (撤销修改)."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from guiju.evidence.selectors import GONE_BY_LAW, Change, history_of
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import refusal_of, sight_of
from guiju.sales.models import Opportunity
from guiju.sales.selectors.history import RESTORED
from guiju.sales.selectors.stages import stages_of
from guiju.sales.services.details import Details, problems_of_details
from guiju.sales.services.opportunities import locked_opportunity, refuse_closed, refuse_stale, written


@transaction.atomic
def restore_opportunity(
    *, opportunity_id: UUID, number: int, actor: Member, at: datetime, seen: datetime | None = None
) -> Opportunity:
    """Let an opportunity be as before what one version changed (撤销商机的修改); the rules of today check it again.

    What was erased by law doesn't come back. Raises `Refused` where nothing would change, or it is closed.
    """
    found = locked_opportunity(opportunity_id, actor, "opportunity.change", at)
    sight = sight_of(actor, "opportunity.history", on=day_of(at))
    if sight.reach is None or not sight.of(Opportunity.objects.filter(pk=found.pk), owner="owner").exists():
        raise refusal_of("opportunity.history")
    refuse_stale(found, seen)
    refuse_closed(found)
    version = next((one for one in history_of(found) if one.number == number), None)
    if version is None:
        raise Missing("version_missing", "没有这一版")
    back = [one for one in version.changes if one.field in RESTORED and GONE_BY_LAW not in (one.old, one.new)]
    before, next_was = {one.field: getattr(found, one.field) for one in back}, found.next_on
    for one in back:
        setattr(found, one.field, _value(one))
    if version.number == 1 or before == {one.field: getattr(found, one.field) for one in back}:
        raise Refused("nothing_to_restore", "没有可以恢复的：这一版没有改过，或现在的内容与那时相同")
    details = Details(**{name: getattr(found, name) for name in Details.__dataclass_fields__})
    if problems := problems_of_details(details, at, next_was=next_was):
        raise Refused.because(problems)
    if "stage" in before:
        if found.stage not in stages_of(found.entity_id):
            raise Refused("stage_gone", "那时的阶段现在没有了", field="stage")
        found.staged_at = at
    return written(found, Act("sales.restore_opportunity", actor, at, (), f"撤销第{number}版的修改"))


def _value(change: Change) -> object:
    """A value as it stood in the record, out of the log."""
    old = change.old
    if change.field == "amount":
        return None if old is None else Decimal(str(old))
    if change.field in ("expected_on", "next_on"):
        return None if old is None else date.fromisoformat(str(old))
    return old or ""
