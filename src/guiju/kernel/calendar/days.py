"""What kind of day a day is (工作日 / 休息日 / 法定节假日 / 调休上班).

Published years come from `chinesecalendar`, which follows the State Council's yearly notice
(国务院办公厅关于部分节假日安排的通知). A year it doesn't know yet is not guessed: its days are
weekdays or weekends, marked provisional, until overrides for it are given.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import chinese_calendar

_HOLIDAY_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


class DayKind(StrEnum):
    WORKING = "工作日"
    MAKE_UP = "调休上班"
    WEEKEND = "休息日"
    HOLIDAY = "法定节假日"


@dataclass(frozen=True)
class Day:
    """One day; `provisional` while the year's notice isn't known (暂定)."""

    date: date
    kind: DayKind
    name: str = ""
    provisional: bool = False

    @property
    def is_working(self) -> bool:
        return self.kind in (DayKind.WORKING, DayKind.MAKE_UP)


class WorkCalendar:
    """Kinds of days; `overrides` are the days an administrator entered from the notice."""

    def __init__(self, overrides: Mapping[date, DayKind] | None = None) -> None:
        self._overrides = dict(overrides or {})
        self._years_filled = {day.year for day in self._overrides}

    def day(self, when: date) -> Day:
        override = self._overrides.get(when)
        if override is not None:
            return Day(when, override)
        weekend = when.weekday() >= 5
        usual = DayKind.WEEKEND if weekend else DayKind.WORKING
        try:
            is_off, english = chinese_calendar.get_holiday_detail(when)
        except NotImplementedError:
            return Day(when, usual, provisional=when.year not in self._years_filled)
        name = _HOLIDAY_NAMES.get(english or "", english or "")
        if is_off:
            return Day(when, DayKind.HOLIDAY if name else DayKind.WEEKEND, name)
        return Day(when, DayKind.MAKE_UP if weekend else DayKind.WORKING, name)
