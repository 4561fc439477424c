"""Reads of the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from guiju.deadlines.models import YearNotice
from guiju.kernel.calendar import Day, DayKind, Notice, WorkCalendar
from guiju.kernel.calendar.days import NEW_YEAR_BEGINS

EARLIEST_YEAR, LATEST_YEAR = 2004, 2099


def notice_of(entered: YearNotice) -> Notice:
    """What was entered, as the calendar reads it."""
    off, working = (
        {date.fromisoformat(day): name for day, name in days.items()} for days in (entered.off, entered.working)
    )
    return Notice(entered.year, off, working)


def work_calendar() -> WorkCalendar:
    """The calendar by which deadlines are counted now (工作日历)."""
    return WorkCalendar(map(notice_of, YearNotice.objects.all()))


def entered_for(year: int) -> YearNotice | None:
    return YearNotice.objects.select_related("entered_by").filter(year=year).first()


@dataclass(frozen=True)
class Change:
    """A day that a notice makes another one."""

    day: date
    was: str
    now: str


def changes(before: WorkCalendar, notice: Notice) -> list[Change]:
    """The days that differ once a notice is entered; a year that was provisional changes by its holidays."""
    after = before.with_notice(notice)
    found = []
    # The days of the December before that the notice doesn't name may be those of one that it replaces.
    for day in (*days_of(notice.year - 1)[NEW_YEAR_BEGINS - 1 - 31 :], *days_of(notice.year)):
        was, now = before.day(day), after.day(day)
        if (was.kind, was.name) != (now.kind, now.name):
            found.append(Change(day, said(was), said(now)))
    return found


def said(day: Day) -> str:
    """A day in a word or two: 国庆节放假, 国庆节调休上班, 工作日, 休息日."""
    if day.kind is DayKind.HOLIDAY:
        return f"{day.name}放假"
    return f"{day.name}{day.kind}" if day.kind is DayKind.MAKE_UP else str(day.kind)


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=number) for number in range((date(year + 1, 1, 1) - first).days)]


@dataclass(frozen=True)
class Holiday:
    """One holiday: its days off, and the weekend days worked for it."""

    name: str
    off: tuple[date, ...]
    working: tuple[date, ...]

    @property
    def spans(self) -> list[tuple[date, date]]:
        """The days off as first and last days of what is off without a gap."""
        found: list[tuple[date, date]] = []
        for day in self.off:
            if found and found[-1][1] + timedelta(days=1) == day:
                found[-1] = (found[-1][0], day)
            else:
                found.append((day, day))
        return found


def holidays(days: Iterable[Day]) -> list[Holiday]:
    """The holidays among these days, in their order; New Year's Day may come twice in a year."""
    found: list[tuple[str, list[Day]]] = []
    for day in days:
        if day.kind not in (DayKind.HOLIDAY, DayKind.MAKE_UP):
            continue
        same = next((group for name, group in reversed(found) if name == day.name), None)
        if same is not None and (day.date - same[-1].date).days <= _FARTHEST_APART:
            same.append(day)
        else:
            found.append((day.name, [day]))
    return [
        Holiday(
            name,
            *(tuple(day.date for day in group if day.kind is kind) for kind in (DayKind.HOLIDAY, DayKind.MAKE_UP)),
        )
        for name, group in found
    ]


_FARTHEST_APART = 31
"""Days between two days of one holiday, the weekend days worked for it among them."""
