"""Reads of the calendar."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from guiju.deadlines.models import YearNotice
from guiju.kernel.calendar import Day, DayKind, Notice, WorkCalendar

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
    days = days_of(notice.year)
    found = []
    for day in (*(one for one in sorted({*notice.off, *notice.working}) if one < days[0]), *days):
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
    """One holiday of a year: from when to when, and the weekend days worked for it."""

    name: str
    off: tuple[date, ...]
    working: tuple[date, ...]


def holidays(days: Iterable[Day]) -> list[Holiday]:
    """The holidays among these days, in the order of the year."""
    by_name: dict[str, tuple[list[date], list[date]]] = {}
    for day in days:
        if day.kind in (DayKind.HOLIDAY, DayKind.MAKE_UP):
            off, working = by_name.setdefault(day.name, ([], []))
            (off if day.kind is DayKind.HOLIDAY else working).append(day.date)
    found = [Holiday(name, tuple(off), tuple(working)) for name, (off, working) in by_name.items()]
    return sorted(found, key=lambda one: (*one.off, *one.working)[0])
