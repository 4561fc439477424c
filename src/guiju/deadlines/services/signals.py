"""What is to be told about duties is told when its time has come (提醒与升级), each once.

It reads the state of the database and not when it was last run: whatever became due while everything
was down is told at the next start, in the order of its time.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from guiju.database.bulk import update_rows
from guiju.database.scope import scope, scope_with
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.registry import DUTIES
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import left_of
from guiju.evidence.services import Act
from guiju.kernel.calendar import WorkCalendar
from guiju.kernel.calendar.clock import day_of
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services import NewNotice, post_notice
from guiju.organisations.models import Member
from guiju.organisations.permissions import group_root
from guiju.organisations.selectors.people import members_who_may, standing_in_for

_SIGNALS_A_TIME = 50
_SAMPLE = {"title": "整改报告", "left": "还剩1个工作日", "due": "10月14日", "basis": "法定", "who": "李明"}

REMINDER = register_notice(
    NoticeKind(
        "deadlines.reminder",
        "期限提醒",
        "{title}：{left}",
        "{title}（{basis}），{due}止，{left}。",
        _SAMPLE,
        button="去办理",
    )
)
LATE = register_notice(
    NoticeKind(
        "deadlines.late",
        "期限当日和逾期",
        "{title}：{left}",
        "{title}（{basis}），{due}止，{left}。",
        _SAMPLE,
        button="去办理",
        is_urgent=True,
    )
)
ESCALATION = register_notice(
    NoticeKind(
        "deadlines.escalation",
        "逾期升级",
        "{title}：{left}，请督办",
        "{title}（{basis}），{due}止，{left}，经办人：{who}。",
        _SAMPLE,
        button="查看",
        is_urgent=True,
    )
)


def keep_signals(*, at: datetime) -> int:
    """Tell what is due to be told; returns how many signals that were."""
    root = group_root()
    if root is None:
        return 0
    done, calendar = 0, work_calendar()
    while True:
        with scope(trees={root}):
            due = list(
                Signal.objects.select_for_update(of=("self",), skip_locked=True)
                .select_related("duty__holder__user")
                .filter(at__lte=at, done_at=None, duty__state=Duty.State.OPEN)
                .order_by("at", "pk")[:_SIGNALS_A_TIME]
            )
            for signal in due:
                _tell(signal, calendar, at)
                signal.done_at = at
            update_rows(due, ["done_at"])
        done += len(due)
        if len(due) < _SIGNALS_A_TIME:
            return done


def _tell(signal: Signal, calendar: WorkCalendar, at: datetime) -> None:
    duty = signal.duty
    assert duty.due_on is not None
    kind = ESCALATION if signal.to else (REMINDER if signal.days < 0 else LATE)
    values = {
        "title": duty.title,
        "left": left_of(duty, calendar, at),
        "due": f"{duty.due_on.month}月{duty.due_on.day}日",
        "basis": duty.get_basis_display(),
        "who": duty.holder.user.name if duty.holder else "还没有人",
    }
    url = DUTIES[duty.kind].url(duty) if duty.kind in DUTIES else ""
    for member in recipients_of(signal, at):
        wanted = NewNotice(
            kind.code,
            member.entity_id,
            f"duty:{duty.pk}:{signal.name}:{member.pk}",
            values,
            member=member,
            url=url,
        )
        post_notice(wanted, Act("deadlines.keep_signals", None, at))


def recipients_of(signal: Signal, at: datetime) -> list[Member]:
    """Who is told: the holder and who stands in for them, or those who have the right."""
    duty = signal.duty
    with scope_with(duty.entity_id):
        if signal.to:
            return members_who_may(signal.to, on=duty.entity_id)
        if duty.holder is not None and duty.holder.left_at is None:
            return _without_doubles([duty.holder, *standing_in_for(duty.holder, on=day_of(at))])
        return members_who_may(duty.right or "duty.oversee", on=duty.entity_id)


def _without_doubles(members: list[Member]) -> list[Member]:
    found: dict[UUID, Member] = {one.pk: one for one in members}
    return list(found.values())
