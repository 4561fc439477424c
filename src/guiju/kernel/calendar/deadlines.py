"""Deadlines in natural and in working days, each with its proof.

The day on which the period starts is not counted (民法典 第二百零一条). A deadline in natural
days that ends on a day off moves to the next working day (民法典 第二百零三条).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from guiju.kernel.calendar.days import Day, WorkCalendar


@dataclass(frozen=True)
class Deadline:
    """The last day, and the days that were skipped on the way to it."""

    start: date
    due: date
    skipped: tuple[Day, ...]
    provisional: bool

    @property
    def proof(self) -> str:
        """One line that a reader can check by hand."""
        steps = "、".join(f"{day.date.month}月{day.date.day}日{day.name or day.kind}" for day in self.skipped)
        text = f"自{_written(self.start)}次日起算"
        if steps:
            text += f"，跳过{steps}"
        text += f"，至{_written(self.due)}止"
        return text + ("（该年度放假安排未公布，暂定）" if self.provisional else "")


def after_working_days(calendar: WorkCalendar, start: date, count: int) -> Deadline:
    """The `count`-th working day after `start` (工作日期限); `count` is at least 1."""
    if count < 1:
        raise ValueError("a period has at least one day")
    skipped: list[Day] = []
    provisional = False
    day = start
    while count:
        day += timedelta(days=1)
        kind = calendar.day(day)
        provisional |= kind.provisional
        if kind.is_working:
            count -= 1
        else:
            skipped.append(kind)
    return Deadline(start, day, tuple(skipped), provisional)


def after_natural_days(calendar: WorkCalendar, start: date, count: int) -> Deadline:
    """`count` natural days after `start`, moved on when the last one is a day off (自然日期限)."""
    if count < 1:
        raise ValueError("a period has at least one day")
    due = start + timedelta(days=count)
    skipped: list[Day] = []
    last = calendar.day(due)
    provisional = last.provisional
    while not last.is_working:
        skipped.append(last)
        last = calendar.day(last.date + timedelta(days=1))
        provisional |= last.provisional
    return Deadline(start, last.date, tuple(skipped), provisional)


def _written(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
