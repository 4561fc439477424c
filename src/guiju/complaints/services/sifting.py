"""People look through what is doubted (筛选): it is a complaint or it is none, with a reason; nothing is deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.complaints.clocks import ALL
from guiju.complaints.models import Complaint, Step
from guiju.complaints.services import telling
from guiju.complaints.services.care import next_telling
from guiju.complaints.services.clocks import drop_clocks, start_clocks
from guiju.complaints.services.handling import locked_complaint
from guiju.complaints.services.intake import clean_story, note_step
from guiju.complaints.services.telling import tell
from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member

MOST_AT_ONCE = 200


@transaction.atomic
def sift_complaints(
    *, complaint_ids: Collection[UUID], is_complaint: bool, reason: str, actor: Member, at: datetime
) -> int:
    """Say of doubted ones that they are complaints, or that they are none and why (筛选投诉); returns how many.

    Who complained sees the reason on the page of their case. Nobody gets a short message about what is none: the
    phone may be somebody else's.
    """
    if not complaint_ids:
        raise Refused("nothing_chosen", "请选择投诉")
    if len(complaint_ids) > MOST_AT_ONCE:
        raise Refused("many_chosen", f"一次最多{MOST_AT_ONCE}件：请分几次")
    why = "" if is_complaint else _reason(reason)
    act = Act("complaints.sift_complaints", actor, at)
    found = [locked_complaint(one, actor, "complaint.handle", at) for one in sorted(set(complaint_ids))]
    waiting = [one for one in found if one.is_doubtful and one.state == Complaint.State.RECEIVED]
    for one in waiting:
        with scope_with(one.entity_id):
            _keep(one, act) if is_complaint else _discard(one, why, act)
    return len(waiting)


@transaction.atomic
def restore_discarded(*, complaint_id: UUID, actor: Member, at: datetime) -> Complaint:
    """Take back that something is no complaint (撤销筛选); its clocks count from when it was received."""
    found = locked_complaint(complaint_id, actor, "complaint.handle", at)
    if not found.is_discarded:
        raise Refused("not_discarded", "这件没有筛掉")
    act = Act("complaints.restore_discarded", actor, at)
    with scope_with(found.entity_id):
        found.state, found.is_discarded = Complaint.State.RECEIVED, False
        found.decided_at, found.closed_at = None, None
        if found.cared_at is not None and not found.is_backfilled:
            start_clocks(found, act)
            found.tell_at = next_telling(at)
        _keep(found, act)
    return found


def _keep(found: Complaint, act: Act) -> None:
    found.is_doubtful = False
    # The worker confirms what it hasn't begun yet; what it has, it did without a message.
    if found.cared_at is not None and not found.is_backfilled:
        tell(found, telling.RECEIVED, "", act)
    note_step(found, Step.Kind.KEPT, act)
    _save(found, act)


def _discard(found: Complaint, why: str, act: Act) -> None:
    found.state, found.is_discarded = Complaint.State.REFUSED, True
    found.decided_at = found.closed_at = act.at
    drop_clocks(found, ALL, "不是投诉", act)
    found.tell_at = None
    note_step(found, Step.Kind.SIFTED, act, text=why, is_public=True)
    _save(found, act)


def _reason(typed: str) -> str:
    try:
        return clean_story(typed)
    except Refused as refused:
        sentence = "请写明为什么不是投诉，提交的人会看到" if refused.code == "text_empty" else refused.sentence
        raise Refused(refused.code, sentence, field="reason") from None


def _save(found: Complaint, act: Act) -> None:
    found.save()
    record(act, entity_id=found.entity_id, subject=found)
