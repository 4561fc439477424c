"""Reads of what is due (期限)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from guiju.database.scope import require_scope
from guiju.deadlines.models import Duty, Signal
from guiju.deadlines.registry import DUTIES, ITEMS, Item
from guiju.kernel.calendar import Unit, WorkCalendar
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, covered_by, rights_of

RUNNING = (Duty.State.OPEN, Duty.State.PAUSED)
OWN_CLOCKS = (Duty.Basis.STATUTORY, Duty.Basis.INTERNAL)
HOURS = (Unit.HOURS, Unit.SERVICE_HOURS)


def duties_for(member: Member) -> QuerySet[Duty]:
    """What a member has in hand, what their rights put there, and what they may see of others; all states."""
    require_scope()
    held = rights_of(member).reaches
    shown = Q(holder__in=hands_of(member))
    for right in held:
        shown |= Q(right=right) & covered_by(member, right)
    for right in {kind.oversees for kind in DUTIES.values()} & set(held):
        kinds = [kind.code for kind in DUTIES.values() if kind.oversees == right]
        shown |= Q(kind__in=kinds) & covered_by(member, right)
    return Duty.objects.filter(shown).select_related("holder__user", "entity")


def hands_of(member: Member) -> set[UUID]:
    """A member, and those for whom they stand in today."""
    return {member.pk, *(hand.member_id for hand in rights_of(member).hands)}


def duty_for(member: Member, duty_id: UUID) -> Duty:
    """One duty that is a member's to see; `Missing` otherwise."""
    found = duties_for(member).filter(pk=duty_id).first()
    if found is None:
        raise Missing("duty_missing", "没有这项期限，或您的角色看不到它")
    return found


def may_settle(member: Member, duty: Duty) -> bool:
    """Whether a member may finish, pause, cancel or hand over a duty."""
    if duty.holder_id in hands_of(member) or allows(member, "duty.settle", on=duty.entity_id):
        return True
    return bool(duty.right) and allows(member, duty.right, on=duty.entity_id)


@dataclass(frozen=True)
class DutyFilter:
    """Which duties a list shows; empty stands for all, but for the authority's clocks, which stand apart."""

    state: str = "running"
    basis: str = ""
    kind: str = ""
    mine: bool = False

    def of(self, rows: QuerySet[Duty], member: Member, *, at: datetime) -> QuerySet[Duty]:
        if self.state == "running":
            rows = rows.filter(state__in=RUNNING)
        elif self.state == "late":
            rows = rows.filter(state=Duty.State.OPEN, due_at__lt=at)
        elif self.state == "soon":
            rows = rows.filter(state=Duty.State.OPEN, due_at__gte=at, due_at__lt=at + timedelta(days=7))
        elif self.state == "provisional":
            rows = rows.filter(state=Duty.State.OPEN).exclude(lacks=[])
        elif self.state in Duty.State.values:
            rows = rows.filter(state=self.state)
        rows = rows.filter(basis__in=[self.basis] if self.basis in Duty.Basis.values else OWN_CLOCKS)
        if self.kind in DUTIES:
            rows = rows.filter(kind=self.kind)
        if self.mine:
            rows = rows.filter(holder__in=hands_of(member))
        return rows.order_by("due_at", "made_at", "pk")


def count_due(member: Member, *, at: datetime) -> tuple[int, int]:
    """How many the lists of what is late and of what ends within days have, in one read."""
    late, soon = (DutyFilter(state).of(duties_for(member), member, at=at) for state in ("late", "soon"))
    is_late = Q(due_at__lt=at)
    found = (late | soon).order_by().aggregate(late=Count("pk", filter=is_late), soon=Count("pk", filter=~is_late))
    return found["late"], found["soon"]


def clock_of(duty: Duty) -> str:
    """The time of day at which a duty ends, where that isn't midnight: 17:30."""
    if duty.due_at is None:
        return ""
    clock = f"{duty.due_at.astimezone(CHINA):%H:%M}"
    return clock if clock != "00:00" or Unit(duty.unit) in HOURS else ""


def due_words(duty: Duty) -> str:
    """When a duty ends, as people say it: 10月14日, 10月14日17:30, 2月10日（暂定）."""
    if duty.due_on is None:
        return "中止"
    return f"{duty.due_on.month}月{duty.due_on.day}日{clock_of(duty)}{'（暂定）' if duty.lacks else ''}"


def left_of(duty: Duty, calendar: WorkCalendar, at: datetime) -> str:
    """How much is left, in words: 还剩2个工作日, 今天到期, 还剩3小时20分, 已逾期1个工作日."""
    if duty.state == Duty.State.PAUSED:
        return "中止"
    if duty.due_on is None or duty.due_at is None:
        return ""
    is_authority = duty.basis == Duty.Basis.AUTHORITY
    today = day_of(at)
    if at > duty.due_at:
        if is_authority:
            return "时限已过"
        late = working_days_between(calendar, duty.due_on, today)
        return f"已逾期{late}个工作日" if late else f"已逾期{_hours(at - duty.due_at)}"
    if Unit(duty.unit) in HOURS:
        return f"还剩{_hours(duty.due_at - at)}"
    if duty.due_on == today:
        return "今天届满" if is_authority else "今天到期"
    left = working_days_between(calendar, today, duty.due_on)
    return f"还剩{left}个工作日" if left else f"还剩{(duty.due_on - today).days}天"


def _hours(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    if hours >= 48:
        return f"{hours // 24}天"
    return f"{hours}小时{minutes}分" if hours and minutes else f"{hours}小时" if hours else f"{minutes}分钟"


def working_days_between(calendar: WorkCalendar, first: date, last: date) -> int:
    """The working days after one day up to and with another."""
    return sum(calendar.day(first + timedelta(days=number)).is_working for number in range(1, (last - first).days + 1))


@dataclass(frozen=True)
class Line:
    """A duty as a list shows it."""

    duty: Duty
    label: str
    url: str
    left: str
    is_late: bool
    clock: str


def lines_of(duties: list[Duty], calendar: WorkCalendar, *, at: datetime) -> list[Line]:
    return [
        Line(
            duty,
            DUTIES[duty.kind].label if duty.kind in DUTIES else duty.kind,
            DUTIES[duty.kind].url(duty) if duty.kind in DUTIES else "",
            left_of(duty, calendar, at) if duty.ended_at is None else duty.get_state_display(),
            duty.state == Duty.State.OPEN and duty.basis in OWN_CLOCKS and duty.due_at is not None and duty.due_at < at,
            clock_of(duty),
        )
        for duty in duties
    ]


def items_for(member: Member, first: date, last: date, *, at: datetime) -> list[Item]:
    """What other parts have due for a member between two days, by day."""
    return sorted((one for items in ITEMS for one in items(member, first, last, at)), key=lambda one: one.on)


def signals_of(duty: Duty) -> QuerySet[Signal]:
    return Signal.objects.filter(duty=duty).exclude(at=None, done_at=None).order_by("at", "pk")
