"""Each quarter, heads confirm or remove the rights of their people (权限复核, 内部规则).

The law asks for rights that are set reasonably (个人信息保护法 第五十一条第四项); that they are looked at
again each quarter is the house's own rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.access.models import ReviewLine, RightsReview
from guiju.access.permissions import may_decide
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, record, record_founding
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Department, Entity, Member, MemberRole
from guiju.organisations.permissions import allows, group_root
from guiju.organisations.services.roles import end_grant, lock_administrators, refuse_last_administrator
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

KIND = "access.review"
TIME_TO_REVIEW = timedelta(days=15)
LONGEST_NOTE = 200


def quarter_of(day: date) -> str:
    """2026Q4"""
    return f"{day.year}Q{(day.month + 2) // 3}"


@transaction.atomic
def open_rights_reviews(*, at: datetime) -> int:
    """Begin the review of this quarter in each company that has none yet (开始权限复核); returns how many began.

    Runs each day and reads what is there, so that a quarter is never missed.
    """
    root = group_root()
    if root is None:
        return 0
    quarter, begun = quarter_of(day_of(at)), 0
    with scope(trees={root}):
        done = RightsReview.objects.filter(quarter=quarter).values("entity_id")
        for company in Entity.objects.exclude(pk__in=done).order_by("unified_code"):
            begun += _open(company, quarter, at)
    return begun


def _open(company: Entity, quarter: str, at: datetime) -> bool:
    """One company's review; none where nobody holds a role."""
    held = list(
        MemberRole.objects.filter(entity_id=company.pk, ended_at=None, member__left_at=None)
        .exclude(until__lte=at)
        .select_related("member")
    )
    if not held:
        return False
    act = Act("access.open_rights_review", None, at)
    review = RightsReview(id=new_id(), entity=company, quarter=quarter, opened_at=at, due_at=at + TIME_TO_REVIEW)
    review.save(force_insert=True)
    departments = {one.pk: one for one in Department.objects.filter(entity_id=company.pk)}
    lines = [
        ReviewLine(
            id=new_id(), entity_id=company.pk, review=review, held=one, reviewer_id=_head_over(one.member, departments)
        )
        for one in held
    ]
    ReviewLine.objects.bulk_create(lines)
    with scope_with(company.pk):
        record(act, entity_id=company.pk, subject=review)
        record_founding(act, subjects=((company.pk, line) for line in lines))
    for reviewer in Member.objects.filter(pk__in={line.reviewer_id for line in lines if line.reviewer_id}):
        give_task(_task(review, company, holder=reviewer), act)
    if any(line.reviewer_id is None for line in lines):
        give_task(_task(review, company, right="review.confirm"), act)
    return True


def _task(review: RightsReview, company: Entity, *, holder: Member | None = None, right: str = "") -> NewTask:
    return NewTask(KIND, company.pk, f"{company.name}{review.quarter}权限复核", review.pk, holder, right, review.due_at)


def _head_over(member: Member, departments: dict[UUID, Department]) -> UUID | None:
    """The head of the person's department, or of the next one above that has another head."""
    department = departments.get(member.department_id) if member.department_id else None
    while department is not None:
        if department.head_id and department.head_id != member.pk:
            return department.head_id
        department = departments.get(department.parent_id) if department.parent_id else None
    return None


@transaction.atomic
def decide_review_lines(
    *, line_ids: Sequence[UUID], keep: bool, note: str, actor: Member, at: datetime
) -> list[ReviewLine]:
    """Keep or remove grants (复核权限): as the head who is named, or as who may for people without one.

    What is removed ends at once. Nobody decides on their own rights.
    """
    note = " ".join(note.split())[:LONGEST_NOTE]
    if not keep and not note:
        raise Refused("note_empty", "收回的，请写明原因", field="note")
    lock_administrators()
    lines = list(
        ReviewLine.objects.select_for_update(of=("self",))
        .filter(pk__in=line_ids)
        .select_related("held__member__user", "held__role", "review")
        .order_by("pk")
    )
    if not lines or len(lines) != len(set(line_ids)):
        raise Missing("review_line_missing", "没有这项授权，或您的角色看不到它")
    may_confirm = {pk: allows(actor, "review.confirm", on=pk) for pk in {line.entity_id for line in lines}}
    for line in lines:
        _refuse_to_decide(line, actor, may_confirm=may_confirm[line.entity_id])
        _decide(line, keep, note, actor, at)
    for review in {line.review_id: line.review for line in lines}.values():
        _close_if_done(review, actor, at)
    return lines


def _refuse_to_decide(line: ReviewLine, actor: Member, *, may_confirm: bool) -> None:
    who = line.held.member.user.name
    if line.held.member.user_id == actor.user_id:
        raise Refused("own_rights", "不能复核自己的权限：请上一级负责人办理")
    if not may_decide(line, actor, may_confirm=may_confirm):
        raise Refused("review_not_yours", f"{who}的权限不由您复核")
    if line.outcome != ReviewLine.Outcome.OPEN:
        raise Refused("review_decided", f"{who}的“{line.held.role.name}”已经复核过")


def _decide(line: ReviewLine, keep: bool, note: str, actor: Member, at: datetime) -> None:
    line.note, line.decided_by, line.decided_at = note, actor.user, at
    if line.held.ended_at:
        line.outcome = ReviewLine.Outcome.ENDED
    elif keep:
        line.outcome = ReviewLine.Outcome.KEPT
    else:
        refuse_last_administrator(line.held.member, {line.held.role_id})
        end_grant(line.held, Act("access.remove_reviewed_role", actor, at, (), note))
        line.outcome = ReviewLine.Outcome.REMOVED
    line.save(update_fields=["note", "decided_by", "decided_at", "outcome"])
    with scope_with(line.entity_id):
        record(Act("access.decide_review_lines", actor, at, (), note), entity_id=line.entity_id, subject=line)


def _close_if_done(review: RightsReview, actor: Member, at: datetime) -> None:
    """Tasks whose lines are all decided are done, and so is the review after the last."""
    act = Act("access.close_rights_review", actor, at)
    open_lines = ReviewLine.objects.filter(review=review, outcome=ReviewLine.Outcome.OPEN)
    waiting = set(open_lines.values_list("reviewer_id", flat=True))
    for task in Task.objects.select_for_update().filter(kind=KIND, subject_id=review.pk, done_at=None):
        if (None if task.right else task.holder_id) not in waiting:
            close_task(task, "已复核", act, actor)
    if not waiting and review.closed_at is None:
        review.closed_at = at
        review.save(update_fields=["closed_at"])
        with scope_with(review.entity_id):
            record(act, entity_id=review.entity_id, subject=review)
