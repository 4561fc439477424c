"""What a company does decides how long it keeps records; what is over is proposed for destruction (保管期限)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from guiju.archives.business import LINES, LONGEST_SHELF, Lines
from guiju.archives.models import Business, Disposal
from guiju.archives.registry import PERIODS, SHORTER, Period
from guiju.archives.services.disposals import MOST, propose_disposal
from guiju.archives.services.holds import reason_of
from guiju.database.models import new_id
from guiju.database.scope import scope, scope_with
from guiju.evidence.services import Act, record
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Problem, Refused
from guiju.organisations.models import EntityPath, Member
from guiju.organisations.permissions import group_root, require
from guiju.work.models import Task
from guiju.work.services.tasks import NewTask, close_task, give_task

KIND = "archives.period_over"
WITHIN = timedelta(days=15)
"""House rule; the law names no days."""


@transaction.atomic
def declare_business(
    *,
    entity_id: UUID,
    lines: Collection[str],
    shelf_months: int | None = None,
    reason: str,
    actor: Member,
    at: datetime,
) -> Business:
    """Say which lines of business a company has that keep its records longer (登记经营身份).

    Raises `Refused` while the catalogue keeps something shorter than what binds such a company.
    """
    require(actor, "archive.hold", on=entity_id)
    if unknown := set(lines) - LINES.keys():
        raise Refused("line_unknown", f"没有这种经营身份：{sorted(unknown)[0][:40]}", field="lines")
    if shelf_months is not None and not 0 <= shelf_months <= LONGEST_SHELF:
        raise Refused("shelf_odd", f"最长的保质期填0到{LONGEST_SHELF}个月；没有明确保质期的填0", field="shelf_months")
    reason = reason_of(reason)
    declared = Lines(frozenset(lines), shelf_months)
    with scope_with(entity_id):
        found = Business.objects.select_for_update(of=("self",)).filter(entity_id=entity_id).first()
        if declared == (Lines(frozenset(found.lines), found.shelf_months) if found else Lines()):
            raise Refused("nothing_changed", "与已登记的一样，不用再登记", field="lines")
        if short := [words for ask in SHORTER for words in ask(entity_id, declared, day_of(at))]:
            raise Refused.because([Problem("period_short", words, "lines") for words in short])
        made = found or Business(id=new_id(), entity_id=entity_id)
        made.lines, made.shelf_months, made.reason = sorted(lines), shelf_months, reason
        made.declared_by, made.declared_at = actor.user, at
        made.save(force_insert=found is None)
        record(Act("archives.declare_business", actor, at, (), reason), entity_id=entity_id, subject=made)
    return made


def ask_about_over(*, at: datetime) -> int:
    """Give the task to propose what is over, in each company and for each line of the schedule (期满提醒).

    Reads what is over now: what was missed is found the next day.
    """
    root = group_root()
    if root is None:
        return 0
    with scope(trees={root}):
        companies = list(EntityPath.objects.filter(ancestor_id=root).values_list("descendant_id", flat=True))
    return sum(_ask(entity_id, period, at) for entity_id in companies for period in PERIODS.values() if period.over)


@transaction.atomic
def _ask(entity_id: UUID, period: Period, at: datetime) -> int:
    assert period.over is not None
    with scope(entities={entity_id}):
        is_over = bool(period.over(entity_id, day_of(at), 1))
        title = f"保管期限届满：{period.label}，{WITHIN.days}日内提出销毁（内部规则，法律没有规定天数）"
        open_tasks = list(
            Task.objects.select_for_update(of=("self",)).filter(
                kind=KIND, entity_id=entity_id, title=title, done_at=None
            )
        )
        act = Act("archives.ask_about_over", None, at)
        if is_over and not open_tasks:
            give_task(NewTask(KIND, entity_id, title, right="archive.propose", due_at=at + WITHIN), act)
            return 1
        for task in open_tasks if not is_over else ():
            close_task(task, "没有期满的了", act, None)
    return 0


@transaction.atomic
def propose_over(*, entity_id: UUID, code: str, reason: str, actor: Member, at: datetime) -> Disposal:
    """Propose that what is over is destroyed (期满销毁); another person decides."""
    require(actor, "archive.propose", on=entity_id)
    period = PERIODS.get(code)
    if period is None or period.over is None:
        raise Missing("period_missing", "保管期限表里没有这一项，或者它的期满另外办理")
    with scope_with(entity_id):
        targets = period.over(entity_id, day_of(at), MOST)
        return propose_disposal(
            entity_id=entity_id,
            targets=targets,
            basis=Disposal.Basis.EXPIRED,
            reason=reason,
            actor=actor,
            at=at,
        )
