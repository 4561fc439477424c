"""Who has a task in hand plans, mends, proves; another person reviews it (整改方案、措施、证明、复核)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.complaints.models import Rectification, RectificationRule, RectificationStep
from guiju.complaints.selectors.rectifications import reading_tasks
from guiju.complaints.selectors.thresholds import rule_of
from guiju.complaints.services.intake import clean_story
from guiju.complaints.services.mending import end_duty, note, saved
from guiju.database.models import new_id
from guiju.database.scope import scope_with
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING
from guiju.deadlines.services.duties import move_duties
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Problem, Refused
from guiju.keys.values import seal_into, sealed_values
from guiju.organisations.models import Member
from guiju.organisations.permissions import require
from guiju.work.models import Approval
from guiju.work.services.approvals import ask_approval

REVIEW = "complaints.rectification"
_STATE, _STEP = Rectification.State, RectificationStep.Kind
LONGEST = 5_000


@dataclass(frozen=True)
class Mended:
    """What is to be done, what was done, and what shows it; what is left empty stays as it is."""

    plan: str = ""
    measures: str = ""
    proof: str = ""


@transaction.atomic
def write_rectification(*, rectification_id: UUID, said: Mended, actor: Member, at: datetime) -> Rectification:
    """Write the plan, the measures and their proof (填写整改)."""
    found = locked_task(rectification_id, actor, at)
    with scope_with(found.entity_id):
        return put_in(found, said, Act("complaints.write_rectification", actor, at))


def put_in(found: Rectification, said: Mended, act: Act) -> Rectification:
    """The same for whoever was let in; in the company's scope."""
    if found.state != _STATE.OPEN:
        raise Refused("rectification_state", f"这项整改{found.get_state_display()}，现在不能改")
    known = dict(sealed_values(found, "sealed"))
    for name, label in (("plan", "方案"), ("measures", "措施"), ("proof", "证明")):
        text = getattr(said, name)
        if not text.strip():
            continue
        words = clean_story(text)
        if len(words) > LONGEST:
            raise Refused("text_long", f"{label}有{len(words)}个字，最多{LONGEST}个", field=name)
        if known.get(name) != words:
            known[name] = words
            kind = _STEP.PLANNED if name == "plan" else _STEP.MENDED
            note(found, kind, act, text=f"{label}：{words}")
    seal_into(found, "sealed", known)
    return saved(found, act)


@transaction.atomic
def ask_review(*, rectification_id: UUID, reason: str, actor: Member, at: datetime) -> Rectification:
    """Say that it is mended, and ask another person to look (提交复核): plan, measures and proof have to be there."""
    found = locked_task(rectification_id, actor, at)
    if found.state != _STATE.OPEN:
        raise Refused("rectification_state", f"这项整改{found.get_state_display()}，不用再提交")
    known = sealed_values(found, "sealed")
    missing = [
        label for name, label in (("plan", "方案"), ("measures", "措施"), ("proof", "证明")) if not known.get(name)
    ]
    if missing:
        raise Refused("rectification_empty", f"先写{'、'.join(missing)}，再提交复核")
    act = Act("complaints.ask_review", actor, at)
    with scope_with(found.entity_id):
        found.state = _STATE.REVIEW
        note(found, _STEP.ASKED, act, text=reason)
        saved(found, act)
    ask_approval(
        kind=REVIEW,
        subject_id=found.pk,
        entity_id=found.entity_id,
        title=f"整改任务单 {found.number} 已整改，请复核",
        reason=reason,
        actor=actor,
        at=at,
    )
    return found


def agree_to_review(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when another person agreed: from now on its effect is watched (复核通过)."""
    with scope_with(approval.entity_id):
        found = _for_approval(approval)
        if found is None:
            return
        act = Act("complaints.agree_to_review", actor, at)
        found.state, found.mended_at = _STATE.WATCHING, at
        found.watch_until = day_of(at) + timedelta(days=rule_of(found.entity_id).watch_days)
        note(found, _STEP.AGREED, act)
        end_duty(found, "已整改，经复核", act)
        saved(found, act)


def refuse_review(approval: Approval, actor: Member, at: datetime) -> None:
    """What follows when they didn't, or nobody did in time: it is to be mended still (复核不通过)."""
    with scope_with(approval.entity_id):
        found = _for_approval(approval)
        if found is None:
            return
        act = Act("complaints.refuse_review", actor, at)
        found.state = _STATE.OPEN
        note(found, _STEP.REFUSED, act, text=approval.get_state_display())
        saved(found, act)


def _for_approval(approval: Approval) -> Rectification | None:
    rows = Rectification.objects.select_for_update(of=("self",))
    return rows.filter(pk=approval.subject_id, state=_STATE.REVIEW).first()


@transaction.atomic
def assign_rectification(*, rectification_id: UUID, to: Member, actor: Member, at: datetime) -> Rectification:
    """Give a task into somebody's hands (指定整改负责人), with its clock."""
    found = locked_task(rectification_id, actor, at)
    require(actor, "complaint.rectify", on=found.entity_id)
    if to.entity_id != found.entity_id or to.left_at:
        raise Refused("holder_unfit", "负责人要是这家公司的在职成员", field="to")
    act = Act("complaints.assign_rectification", actor, at)
    with scope_with(found.entity_id):
        found.holder = to
        duties = Duty.objects.select_for_update(of=("self",)).filter(subject_id=found.pk, state__in=RUNNING)
        move_duties(list(duties.order_by("pk")), to, act)
        return saved(found, act)


@transaction.atomic
def set_rule(*, wanted: RectificationRule, actor: Member, at: datetime) -> RectificationRule:
    """Say from when on something has to be mended (设定整改门槛)."""
    require(actor, "complaint.set_up", on=actor.entity_id)
    if problems := [Problem("figure", sentence, name) for name, sentence in _wrong(wanted)]:
        raise Refused.because(problems)
    with scope_with(actor.entity_id):
        rows = RectificationRule.objects.select_for_update(of=("self",))
        known = rows.filter(entity_id=actor.entity_id).first()
        wanted.pk, wanted.entity_id = known.pk if known else new_id(), actor.entity_id
        wanted.changed_at = at
        wanted.save(force_insert=known is None, force_update=known is not None)
        record(Act("complaints.set_rule", actor, at), entity_id=actor.entity_id, subject=wanted)
    return wanted


LIMITS = {
    "days": (7, 365),
    "share_percent": (1, 100),
    "share_least": (1, 1_000),
    "count_least": (1, 100_000),
    "rise_least": (1, 1_000),
    "due_days": (1, 180),
    "watch_days": (7, 365),
    "target_percent": (1, 100),
}


def label_of(name: str) -> str:
    """What a figure of the threshold is called."""
    return str(getattr(RectificationRule._meta.get_field(name), "verbose_name", name))


def _wrong(wanted: RectificationRule) -> list[tuple[str, str]]:
    found = []
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(wanted, name) <= most:
            found.append((name, f"{label_of(name)}要在{least}到{most}之间"))
    return found


def locked_task(rectification_id: UUID, actor: Member, at: datetime) -> Rectification:
    """A task that the member has in hand, or may mend, locked; raises `Missing`, `NotAllowed`."""
    with reading_tasks(actor, at=at, on=day_of(at)) as seen:
        known = seen.task(rectification_id)
        found = Rectification.objects.select_for_update(of=("self",)).select_related("holder").get(pk=known.pk)
        if not seen.may_mend(found):
            raise NotAllowed("rectification_not_yours", "这项整改由负责的人办理")
    return found
