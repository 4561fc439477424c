"""What is to be told about duties is told when its time has come (提醒与升级), each once.

It reads the state of the database and not when it was last run: whatever became due while everything
was down is told at the next start, in the order of its time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.urls import reverse

from guiju.database.bulk import update_rows
from guiju.database.scope import scope, scope_with
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.registry import DUTIES, subject_of
from guiju.deadlines.selectors.calendar import work_calendar
from guiju.deadlines.selectors.duties import HOURS, due_words, left_of
from guiju.evidence.services import Act
from guiju.kernel.calendar import Unit, WorkCalendar
from guiju.kernel.calendar.clock import day_of
from guiju.notifications.models import Notice
from guiju.notifications.registry import NoticeKind, register_notice
from guiju.notifications.services import NewNotice, post_notice
from guiju.organisations.models import Member
from guiju.organisations.permissions import group_root
from guiju.organisations.selectors.people import members_who_may, standing_in_for

_SIGNALS_A_TIME = 50
_TRIED_AGAIN = timedelta(days=1)
_SAMPLE = {"title": "整改报告", "left": "还剩1个工作日", "due": "10月14日", "basis": "法定", "who": "李明"}


def _still(notice: Notice, at: datetime) -> str | None:
    """What the morning's digest says of a reminder: as it stands now, and nothing of what is done by then."""
    duty = Duty.objects.get(pk=notice.key.split(":")[1])
    return f"{duty.title}：{left_of(duty, work_calendar(), at)}" if duty.state == Duty.State.OPEN else None


REMINDER = register_notice(
    NoticeKind(
        "deadlines.reminder",
        "期限提醒",
        "{title}：{left}",
        "{title}（{basis}），{due}止，{left}。",
        _SAMPLE,
        button="去办理",
        still=_still,
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
MOVED = register_notice(
    NoticeKind(
        "deadlines.moved",
        "到期日变动",
        "{title}：到期日改为{due}",
        "{title}（{basis}）的到期日由{was}改为{due}：放假安排有变，已重新推算。",
        {"title": "整改报告", "was": "2月10日（暂定）", "due": "2月18日", "basis": "法定"},
        is_urgent=True,
    )
)
HANDED_OVER = register_notice(
    NoticeKind(
        "deadlines.handed_over",
        "期限移交",
        "{title}交给您办理",
        "{title}交给您办理，最早的{due}止。",
        {"title": "整改报告等3项", "due": "2月18日"},
        button="去办理",
        is_urgent=True,
    )
)


def keep_signals(*, at: datetime) -> int:
    """Tell what is due to be told; returns how many signals were done."""
    root = group_root()
    if root is None:
        return 0
    done, calendar = 0, work_calendar()
    while True:
        with scope(trees={root}):
            # With their duties: one that is just being finished or handed over is told of as it is then, or not.
            due = list(
                Signal.objects.select_for_update(of=("self", "duty"), skip_locked=True)
                .select_related("duty__holder__user")
                .filter(at__lte=at, done_at=None, duty__state=Duty.State.OPEN)
                .order_by("at", "pk")[:_SIGNALS_A_TIME]
            )
            # What somebody is working at just now is told of a moment later.
            free = [one for one in due if subject_of(one.duty).hold(one.duty, waits=False)]
            for signal in free:
                if _tell(signal, calendar, at):
                    signal.done_at = at
                    done += 1
                else:
                    signal.tried_at, signal.at = at, at + _TRIED_AGAIN
            update_rows(free, ["at", "tried_at", "done_at"])
        if len(free) < _SIGNALS_A_TIME:
            return done


def _tell(signal: Signal, calendar: WorkCalendar, at: datetime) -> bool:
    """Whether anybody was there to be told."""
    duty = signal.duty
    # What runs out in hours is over before the next morning's digest.
    can_wait = signal.days < 0 and Unit(duty.unit) not in HOURS
    kind = ESCALATION if signal.to else REMINDER if can_wait else LATE
    values = {
        "left": left_of(duty, calendar, at),
        "who": duty.holder.user.name if duty.holder else "还没有人",
    }
    members = recipients_of(signal, at)
    act = Act("deadlines.keep_signals", None, at)
    _post(duty, kind, signal.name, values, members, act)
    if members:
        subject_of(duty).hear(duty, signal, members, act)
    return bool(members)


def tell_moved(duty: Duty, was: str, act: Act) -> None:
    """Tell those who have a duty in hand that a change of the calendar moved its end."""
    _post(duty, MOVED, "moved", {"was": was}, _hands_of(duty, act.at), act)


def tell_handed_over(duties: Sequence[Duty], to: Member, act: Act) -> None:
    """Tell the new holder of duties, in one notice, unless they took them themselves."""
    if not duties or (act.actor is not None and act.actor.id == to.pk):
        return
    # Paused ones have no end.
    first = min(duties, key=lambda one: (one.due_at is None, one.due_at or act.at))
    title = first.title if len(duties) == 1 else f"{first.title}等{len(duties)}项"
    wanted = NewNotice(
        HANDED_OVER.code,
        to.entity_id,
        f"duties:{first.pk}:{act.at:%Y%m%d%H%M%S%f}:{to.pk}",
        {"title": title, "due": due_words(first)},
        member=to,
        url=_url_of(first) if len(duties) == 1 else f"{reverse('duty_list')}?mine=1",
    )
    post_notice(wanted, act)


def _url_of(duty: Duty) -> str:
    return DUTIES[duty.kind].url(duty) if duty.kind in DUTIES else ""


def _post(
    duty: Duty, kind: NoticeKind, what: str, values: Mapping[str, str], members: Sequence[Member], act: Act
) -> None:
    for member in members:
        wanted = NewNotice(
            kind.code,
            member.entity_id,
            f"duty:{duty.pk}:{what}:{duty.due_on}:{member.pk}",
            {"title": duty.title, "due": due_words(duty), "basis": duty.get_basis_display(), **values},
            member=member,
            url=_url_of(duty),
        )
        post_notice(wanted, act)


def recipients_of(signal: Signal, at: datetime) -> list[Member]:
    """Who is told: the holder, or those who have the right, and who stands in for them."""
    duty = signal.duty
    if not signal.to:
        return _hands_of(duty, at)
    with scope_with(duty.entity_id):
        return _with_deputies(members_who_may(signal.to, on=duty.entity_id), at)


def _hands_of(duty: Duty, at: datetime) -> list[Member]:
    with scope_with(duty.entity_id):
        if duty.holder is not None and duty.holder.left_at is None:
            return _with_deputies([duty.holder], at)
        return _with_deputies(members_who_may(duty.right or "duty.oversee", on=duty.entity_id), at)


def _with_deputies(members: Sequence[Member], at: datetime) -> list[Member]:
    found = {one.pk: one for one in members}
    for member in members:
        found |= {one.pk: one for one in standing_in_for(member, on=day_of(at)) if one.pk not in found}
    return list(found.values())
