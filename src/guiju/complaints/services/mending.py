"""What all steps of a rectification share: the step is written, the clock is put, people hear of it (整改过程)."""

from __future__ import annotations

from collections.abc import Mapping

from django.urls import reverse

from guiju.complaints.models import Rectification, RectificationStep
from guiju.complaints.selectors.thresholds import rule_of
from guiju.database.models import new_id
from guiju.deadlines.models import Duty
from guiju.deadlines.selectors.duties import RUNNING
from guiju.deadlines.services.duties import NewDuty, drop_duty, meet_duty, start_duty
from guiju.evidence.services import Act, record
from guiju.kernel.calendar import Period, Unit
from guiju.keys.values import seal_into
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services import NewNotice, post_notice
from guiju.organisations.models import Member
from guiju.organisations.selectors.people import members_who_may

DUTY = "complaints.rectify"

TASK = register_notice(
    NoticeKind(
        "complaints.rectification",
        "整改任务单",
        "整改任务单 {number}：{what}",
        "整改任务单 {number}：{what}。请写明方案、措施和证明。",
        {"number": "ZG261129-7K3Q4M8-X2V1", "what": "占比超过门槛：产品质量 / 包装破损，32件"},
        button="去办理",
        is_urgent=True,
    )
)


def note(
    found: Rectification,
    kind: RectificationStep.Kind,
    act: Act,
    *,
    text: str = "",
    data: Mapping[str, object] | None = None,
) -> RectificationStep:
    """Write what happened, and its entry; in the company's scope."""
    step = RectificationStep(
        id=new_id(),
        entity_id=found.entity_id,
        rectification=found,
        kind=kind,
        at=act.at,
        by=act.actor if isinstance(act.actor, Member) else None,
        data=dict(data or {}),
    )
    seal_into(step, "sealed", {"text": text})
    step.save(force_insert=True)
    record(act, entity_id=found.entity_id, subject=step)
    return step


def saved(found: Rectification, act: Act) -> Rectification:
    found.save()
    record(act, entity_id=found.entity_id, subject=found)
    return found


def put_duty(found: Rectification, what: str, act: Act) -> None:
    """Begin to count until when it has to be mended (整改期限)."""
    start_duty(
        NewDuty(
            DUTY,
            found.entity_id,
            f"整改 {found.number}：{what}",
            act.at,
            Period(rule_of(found.entity_id).due_days, Unit.DAYS),
            Duty.Basis.INTERNAL,
            "内部规则：整改门槛里设定的天数",
            holder=found.holder,
            right="complaint.rectify",
            subject_id=found.pk,
        ),
        act,
    )


def end_duty(found: Rectification, outcome: str, act: Act, *, is_met: bool = True) -> None:
    """Nothing is due any more: because it was done, or because it was no task."""
    rows = Duty.objects.select_for_update(of=("self",)).filter(subject_id=found.pk, kind=DUTY, state__in=RUNNING)
    for duty in rows.order_by("pk"):
        (meet_duty if is_met else drop_duty)(duty, outcome, act)


def tell_task(found: Rectification, occasion: str, what: str, act: Act, *, up: bool = False) -> None:
    """Who has it in hand hears of it, else who may mend it; with `up` those above them as well."""
    people = {found.holder.pk: found.holder} if found.holder else {}
    if not people:
        people = {one.pk: one for one in members_who_may("complaint.rectify", on=found.entity_id)}
    if up:
        people |= {one.pk: one for one in members_who_may("complaint.oversee", on=found.entity_id)}
    for member in people.values():
        post_notice(
            NewNotice(
                TASK.code,
                member.entity_id,
                f"rectification:{found.pk}:{occasion}:{member.pk}",
                {"number": found.number, "what": what},
                member=member,
                url=reverse("rectification_detail", args=[found.pk]),
            ),
            act,
        )
