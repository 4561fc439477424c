"""What a person decides about a notice: an uncertain one arrived, or is sent again; a failed one is tried anew."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.scope import scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.notifications.channels import State
from guiju.notifications.models import Attempt, Notice
from guiju.notifications.selectors.notices import notice_in
from guiju.notifications.services.ending import settle
from guiju.organisations.models import Member
from guiju.organisations.selectors import seeing

LONGEST_REASON = 200


@transaction.atomic
def settle_uncertain(*, notice_id: UUID, has_arrived: bool, reason: str, actor: Member, at: datetime) -> Notice:
    """Say of an uncertain notice that it arrived, or have it sent again (认定不确定的通知); the reason is kept."""
    notice, reason = _seen(notice_id, actor, at), reason.strip()
    if not reason:
        raise Refused("reason_missing", "请填写依据，例如“已电话确认收到”", field="reason")
    if len(reason) > LONGEST_REASON:
        raise Refused("reason_long", f"依据最多{LONGEST_REASON}个字", field="reason")
    with scope_with(notice.entity_id):
        # The attempts first, as those do who write what a channel said.
        tried = Attempt.objects.select_for_update(of=("self",)).filter(notice=notice, state=State.UNCERTAIN)
        unsure = list(tried.order_by("pk"))
        if not unsure:
            raise Refused("notice_certain", "这条通知没有不确定的发送")
        for one in unsure:
            one.state = State.DELIVERED if has_arrived else State.FAILED
            one.settled_by, one.ended_at = actor.user, at
        settle(unsure, Act("notifications.settle_uncertain", actor, at, (), reason))
        notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice.pk)
        if not has_arrived:
            _send_again(notice, at)
    return notice


@transaction.atomic
def retry_notice(*, notice_id: UUID, actor: Member, at: datetime) -> Notice:
    """Try a notice anew that could not be delivered (重发通知), over all its channels."""
    seen = _seen(notice_id, actor, at)
    with scope_with(seen.entity_id):
        notice = Notice.objects.select_for_update(of=("self",)).get(pk=seen.pk)
        if notice.state != Notice.State.FAILED:
            raise Refused("notice_not_failed", "只能重发“未能送达”的通知；不确定的请先认定")
        if notice.valid_until is not None and notice.valid_until <= at:
            raise Refused("notice_over", "这条通知已经过了有效期，不能重发")
        _send_again(notice, at)
        record(Act("notifications.retry_notice", actor, at), entity_id=notice.entity_id, subject=notice)
    return notice


def _send_again(notice: Notice, at: datetime) -> None:
    """Earlier attempts no longer count against its channels."""
    notice.state, notice.due_at, notice.trouble, notice.counts_from = Notice.State.WAITING, at, "", at
    notice.via = notice.route[0] if notice.route else ""
    notice.save(update_fields=["state", "via", "due_at", "trouble", "counts_from"])


def _seen(notice_id: UUID, actor: Member, at: datetime) -> Notice:
    with seeing(actor, "notice.settle", on=day_of(at)) as sight:
        return notice_in(sight, notice_id)
