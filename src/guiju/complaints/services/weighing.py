"""Too much of a cause makes a task by itself, and its effect alone closes it (整改任务单、整改效果).

Done by the worker from what stands in the database: a case whose cause is new is marked, and unmarked in the
transaction that weighed it. Who dies meanwhile leaves the mark; two at once meet at the constraint that lets a cause
have one open task.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction

from guiju.complaints.models import Complaint, Rectification, RectificationStep
from guiju.complaints.numbers import new_number
from guiju.complaints.registry import STOPS
from guiju.complaints.selectors.causes import departments_of_causes, tree_of
from guiju.complaints.selectors.thresholds import Crossed, Effect, crossed_by, effect_of, rule_of
from guiju.complaints.services.mending import end_duty, note, put_duty, saved, tell_task
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.causes import Tree
from guiju.notifications.services.ending import every_company
from guiju.organisations.models import Department, Entity
from guiju.organisations.permissions import required_root

AT_A_TIME = 1_000
STEP = RectificationStep.Kind
_STATE = Rectification.State


def care_for_causes(*, at: datetime) -> int:
    """Weigh what came in, and see whether what was mended helped, in all companies (整改的照管); returns how much it was."""
    done = 0
    for chunk in every_company():
        with scope(entities=chunk):
            unweighed = Complaint.objects.filter(is_unweighed=True).order_by()
            waiting = list(unweighed.values_list("entity_id", flat=True).distinct())
            due = list(
                Rectification.objects.filter(state=_STATE.WATCHING, watch_until__lt=day_of(at))
                .order_by("watch_until")
                .values_list("entity_id", "pk")[:AT_A_TIME]
            )
        done += sum(_weigh(entity_id, at) for entity_id in sorted(waiting))
        done += sum(_measure(entity_id, pk, at) for entity_id, pk in due)
    return done


@transaction.atomic
def _weigh(entity_id: UUID, at: datetime) -> int:
    """See whether there is too much of the causes of what came in."""
    with scope(entities={entity_id}, trees={required_root()}):
        rows = Complaint.objects.select_for_update(of=("self",), skip_locked=True)
        cases = list(rows.filter(entity_id=entity_id, is_unweighed=True).only("pk", "cause")[:AT_A_TIME])
        causes = {one.cause for one in cases if one.cause}
        act = Act("complaints.weigh_causes", None, at)
        _withdraw_mistaken(entity_id, {str(one.pk) for one in cases}, act)
        if causes:
            company = Entity.objects.get(pk=entity_id)
            _open_where_due(company, causes, tree_of(company), act)
        Complaint.objects.filter(pk__in=[one.pk for one in cases]).update(is_unweighed=False)
    return len(cases)


def _open_where_due(company: Entity, causes: set[str], tree: Tree, act: Act) -> None:
    known = _newest_of(company.pk, causes)
    open_now = {cause for cause, one in known.items() if not one.is_ended}
    since = {cause: one.closed_at for cause, one in known.items() if one.closed_at}
    for one in known.values():
        if one.state == _STATE.WATCHING:
            effect = effect_of(one, at=act.at)
            if effect is not None and effect.is_above:
                open_again(one, tree, f"整改后又有{effect.count}件，超过目标，不是偶然", effect.data, act)
    for crossed in crossed_by(company.pk, causes - open_now, tree, at=act.at, since=since):
        closed = known.get(crossed.cause)
        if closed is not None:
            closed.figures, closed.cases = dict(crossed.figures), crossed.cases
            words = f"办结以后同样的原因又有{crossed.figures['count']}件"
            open_again(closed, tree, words, None, act)
        else:
            _open(company, crossed, tree, act)


def _withdraw_mistaken(entity_id: UUID, changed: set[str], act: Act) -> None:
    """Take back a task of whose complaints none is put down to its cause any more (撤销误开的整改)."""
    rows = Rectification.objects.select_for_update(of=("self",)).filter(entity_id=entity_id, state=_STATE.OPEN)
    for found in rows.order_by("pk"):
        if not changed & set(found.cases):
            continue
        if Complaint.objects.filter(pk__in=found.cases, cause=found.cause).exists():
            continue
        found.state, found.closed_at = _STATE.WITHDRAWN, act.at
        note(found, STEP.WITHDRAWN, act, text="清单里的投诉都改成了别的原因")
        end_duty(found, "已撤销：投诉改成了别的原因", act, is_met=False)
        saved(found, act)
        for stop in STOPS.values():
            stop.ends(found, act)


def _newest_of(entity_id: UUID, causes: Collection[str]) -> dict[str, Rectification]:
    """The open task of each cause, else the last that was closed; what was withdrawn was none."""
    rows = Rectification.objects.select_for_update(of=("self",)).filter(entity_id=entity_id, cause__in=causes)
    rows = rows.exclude(state=_STATE.WITHDRAWN)
    return {one.cause: one for one in rows.order_by("opened_at", "pk")}


def _open(company: Entity, crossed: Crossed, tree: Tree, act: Act) -> None:
    """Make the task (开出整改任务单) for the department that answers for the cause; another worker may have been first."""
    answering = departments_of_causes(company.pk)
    above = tree.by_code[crossed.cause].parent if crossed.cause in tree.by_code else ""
    department_id = answering.get(crossed.cause) or answering.get(above)
    department = Department.objects.select_related("head").filter(pk=department_id).first() if department_id else None
    head = department.head if department and department.head and department.head.left_at is None else None
    made = Rectification(
        id=new_id(),
        entity=company,
        number=new_number(company.pk, day_of(act.at)).replace("TS", "ZG", 1),
        cause=crossed.cause,
        ground=crossed.ground,
        figures=dict(crossed.figures),
        cases=crossed.cases,
        department=department,
        holder=head,
        opened_at=act.at,
    )
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError:
        return
    words = f"{made.get_ground_display()}：{tree.label(made.cause)}，{made.figures['count']}件"
    note(made, STEP.OPENED, act, text=words, data=dict(made.figures))
    put_duty(made, tree.label(made.cause), act)
    saved(made, act)
    tell_task(made, "opened", words, act)
    for stop in STOPS.values():
        stop.begins(made, act)


def open_again(found: Rectification, tree: Tree, why: str, effect: dict[str, object] | None, act: Act) -> None:
    """Take up again what didn't help or came back (重新整改), and let the next level hear of it."""
    found.state, found.closed_at, found.mended_at, found.watch_until = _STATE.OPEN, None, None, None
    found.effect = effect
    found.reopened += 1
    note(found, STEP.REOPENED, act, text=why, data=effect or dict(found.figures))
    put_duty(found, tree.label(found.cause), act)
    saved(found, act)
    tell_task(found, f"reopened:{found.reopened}", why, act, up=True)
    for stop in STOPS.values():
        stop.begins(found, act)


@transaction.atomic
def _measure(entity_id: UUID, pk: UUID, at: datetime) -> int:
    """See at the end of the window whether it helped: close, watch longer, or open again (整改效果)."""
    with scope(entities={entity_id}, trees={required_root()}):
        rows = Rectification.objects.select_for_update(of=("self",), skip_locked=True)
        found = rows.filter(pk=pk, state=_STATE.WATCHING, watch_until__lt=day_of(at)).first()
        effect = effect_of(found, at=at) if found else None
        if found is None or effect is None:
            return 0
        act = Act("complaints.measure_effect", None, at)
        if effect.is_below:
            _close(found, effect, act)
        elif not effect.is_enough and not effect.is_above:
            found.watch_until = day_of(at) + timedelta(days=rule_of(entity_id).watch_days)
            found.effect = effect.data
            words = f"按目标只会有{effect.expected:.1f}件，太少，看不出效果：继续看到{found.watch_until}"
            note(found, STEP.EXTENDED, act, text=words, data=effect.data)
            saved(found, act)
        else:
            tree = tree_of(Entity.objects.get(pk=entity_id))
            words = f"整改后有{effect.count}件，没有降到目标（{effect.expected:.1f}件）以下"
            open_again(found, tree, words, effect.data, act)
    return 1


def _close(found: Rectification, effect: Effect, act: Act) -> None:
    found.state, found.closed_at, found.effect = _STATE.CLOSED, act.at, effect.data
    words = f"整改后{effect.count}件，目标{effect.expected:.1f}件，偶然的可能性{effect.chance:.2g}"
    note(found, STEP.CLOSED, act, text=words, data=effect.data)
    end_duty(found, "有效，办结", act)
    saved(found, act)
    for stop in STOPS.values():
        stop.ends(found, act)
