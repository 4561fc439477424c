"""A request is asked for and decided by others (审批): the asker never decides."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import group_root, require
from guiju.work.models import Approval, Decision
from guiju.work.registry import APPROVALS

SHORTEST_REASON, LONGEST_REASON = 4, 200


@transaction.atomic
def ask_approval(
    *, kind: str, subject_id: UUID, entity_id: UUID, title: str, reason: str, actor: Member, at: datetime
) -> Approval:
    """Ask others for their consent (申请审批); the caller has asked whether the member may ask at all."""
    known = APPROVALS[kind]
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if len(reason) < SHORTEST_REASON:
        raise Refused("reason_empty", f"请写明理由，至少{SHORTEST_REASON}个字", field="reason")
    approval = Approval(
        id=new_id(),
        entity_id=entity_id,
        kind=kind,
        subject_id=subject_id,
        title=title[:200],
        reason=reason,
        asked_by=actor,
        asked_at=at,
        right=known.right,
        needed=known.needed,
        due_at=at + known.lasts,
    )
    approval.save(force_insert=True)
    return _recorded(approval, Act("work.ask_approval", actor, at, (), reason))


@transaction.atomic
def decide_approval(*, approval_id: UUID, allows: bool, note: str, actor: Member, at: datetime) -> Approval:
    """Agree or not (审批). One refusal ends it; what follows from the last consent happens at once.

    Raises `Refused` for the asker, for who has decided already, and when it is too late.
    """
    approval = _locked(approval_id)
    require(actor, approval.right, on=approval.entity_id)
    if approval.state != Approval.State.OPEN or approval.due_at <= at:
        raise Refused("approval_decided", f"这项申请{_state_at(approval, at)}，不用再审批")
    # The person is compared and not the membership: a substitute or a second job doesn't help.
    if approval.asked_by.user_id == actor.user_id:
        raise Refused("own_approval", "申请人不能审批自己的申请，代理别人的时候也不能：请另一个人审批")
    if Decision.objects.filter(approval=approval, by=actor.user).exists():
        raise Refused("decided_already", "您已经审批过这项申请")
    note = " ".join(note.split())[:LONGEST_REASON]
    if not allows and not note:
        raise Refused("note_empty", "不同意的，请写明原因", field="note")
    decision = Decision(
        id=new_id(),
        entity_id=approval.entity_id,
        approval=approval,
        by=actor.user,
        allows=allows,
        note=note,
        at=at,
    )
    decision.save(force_insert=True)
    with scope_with(approval.entity_id):
        record(Act("work.decide_approval", actor, at, (), note), entity_id=approval.entity_id, subject=decision)
    consents = Decision.objects.filter(approval=approval, allows=True).count()
    if allows and consents < approval.needed:
        return approval
    approval.state = Approval.State.ALLOWED if allows else Approval.State.REFUSED
    _decided(approval, Act("work.decide_approval", actor, at))
    kind = APPROVALS[approval.kind]
    (kind.on_allowed if allows else kind.on_refused)(approval, actor, at)
    return approval


@transaction.atomic
def withdraw_approval(*, approval_id: UUID, actor: Member, at: datetime) -> Approval:
    """Take one's own request back before it is decided (撤回申请)."""
    approval = _locked(approval_id)
    if approval.asked_by.user_id != actor.user_id:
        raise NotAllowed("not_own_approval", "只有申请人能撤回这项申请")
    if approval.state != Approval.State.OPEN:
        raise Refused("approval_decided", f"这项申请{_state_at(approval, at)}，不能撤回")
    approval.state = Approval.State.WITHDRAWN
    _decided(approval, Act("work.withdraw_approval", actor, at))
    APPROVALS[approval.kind].on_refused(approval, actor, at)
    return approval


@transaction.atomic
def expire_approvals(*, at: datetime) -> int:
    """Close the requests that nobody decided in time (过期), in all companies; returns how many."""
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        late = list(
            Approval.objects.select_for_update(of=("self",))
            .select_related("asked_by__user")
            .filter(state=Approval.State.OPEN, due_at__lte=at)
        )
        for approval in late:
            approval.state = Approval.State.EXPIRED
            _decided(approval, Act("work.expire_approval", None, at))
            APPROVALS[approval.kind].on_refused(approval, approval.asked_by, at)
    return len(late)


def end_decided(*, kind: str, subject_id: UUID, act: Act, state: Approval.State = Approval.State.ALLOWED) -> None:
    """Close a request that was decided in a history which a restore left behind; the caller does what followed."""
    for approval in Approval.objects.select_for_update(of=("self",)).filter(
        kind=kind, subject_id=subject_id, state=Approval.State.OPEN
    ):
        approval.state = state
        _decided(approval, act)


def _locked(approval_id: UUID) -> Approval:
    found = (
        Approval.objects.select_for_update(of=("self",)).select_related("asked_by__user").filter(pk=approval_id).first()
    )
    if found is None:
        raise Missing("approval_missing", "没有这项申请，或您的角色看不到它")
    return found


def _state_at(approval: Approval, at: datetime) -> str:
    is_late = approval.state == Approval.State.OPEN and approval.due_at <= at
    return "已过期" if is_late else str(approval.get_state_display())


def _decided(approval: Approval, act: Act) -> None:
    approval.decided_at = act.at
    approval.save(update_fields=["state", "decided_at"])
    _recorded(approval, act)


def _recorded(approval: Approval, act: Act) -> Approval:
    with scope_with(approval.entity_id):
        record(act, entity_id=approval.entity_id, subject=approval)
    return approval
