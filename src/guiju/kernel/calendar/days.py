"""What kind of day a day is (工作日 / 休息日 / 法定节假日 / 调休上班).

Published years come from `chinesecalendar`, which follows the State Council's yearly notice
(国务院办公厅关于部分节假日安排的通知). A year that nobody has told us of is not guessed: its days are
weekdays or weekends, marked provisional, until its notice is entered.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property, lru_cache

import chinese_calendar
from chinese_calendar import constants

FIRST_YEAR = min(constants.holidays).year
"""Before it, nobody has the notices any more."""
NEW_YEAR_BEGINS = 25
"""From this day of December on, the notice of the year after may have a say."""

_NAMES = {
    "New Year's Day": "元旦",
    "Spring Festival": "春节",
    "Tomb-sweeping Day": "清明节",
    "Labour Day": "劳动节",
    "Dragon Boat Festival": "端午节",
    "National Day": "国庆节",
    "Mid-autumn Festival": "中秋节",
    "Anti-Fascist 70th Day": "抗战胜利70周年纪念日",
}


_NEW_YEAR = "元旦"


class DayKind(StrEnum):
    WORKING = "工作日"
    MAKE_UP = "调休上班"
    WEEKEND = "休息日"
    HOLIDAY = "法定节假日"


@dataclass(frozen=True)
class Day:
    """One day; `lacks` is the year whose notice isn't known and could make it another one (暂定)."""

    date: date
    kind: DayKind
    name: str = ""
    lacks: int | None = None

    @property
    def is_working(self) -> bool:
        return self.kind in (DayKind.WORKING, DayKind.MAKE_UP)


@dataclass(frozen=True)
class Notice:
    """The holidays of one year (放假安排) as the State Council announced them.

    `off` are the days off that are no plain weekend, `working` the weekend days on which people work,
    each with its holiday's name. The last week of the year before may be in it: New Year's Day is sometimes joined to it.
    """

    year: int
    off: Mapping[date, str]
    working: Mapping[date, str]

    def day(self, when: date) -> Day | None:
        """What the notice says of a day; None where it says nothing."""
        if when in self.off:
            return Day(when, DayKind.HOLIDAY, self.off[when])
        return Day(when, DayKind.MAKE_UP, self.working[when]) if when in self.working else None


class WorkCalendar:
    """Kinds of days; `notices` are those that an administrator entered, and go before what is built in."""

    def __init__(self, notices: Iterable[Notice] = ()) -> None:
        self._notices = {notice.year: notice for notice in notices}

    def day(self, when: date) -> Day:
        """The day; of a year whose notice isn't known, weekday or weekend and provisional."""
        if when.month == 12 and when.day >= NEW_YEAR_BEGINS and (found := self._by_the_next(when)):
            return found
        if when.year in self._notices:
            return self._notices[when.year].day(when) or _plain(when)
        return _built_in(when) or _plain(when, lacks=when.year)

    def _by_the_next(self, when: date) -> Day | None:
        """What the notice of the year after says of a day of late December: New Year's Day may begin there."""
        after = when.year + 1
        if after in self._notices:
            return self._notices[after].day(when)
        if not self.knows(after):
            return _plain(when, lacks=after) if self.knows(when.year) else None
        built_in = _built_in(when)
        return built_in if built_in and built_in.name == _NEW_YEAR else None

    def with_notice(self, notice: Notice) -> WorkCalendar:
        """The same calendar once a notice is entered."""
        return WorkCalendar([*self._notices.values(), notice])

    @cached_property
    def version(self) -> str:
        """A digest of all that the calendar knows: what was counted in another one may end on another day."""
        said = [
            (
                notice.year,
                *sorted(
                    (str(day), name, kind)
                    for kind, days in enumerate((notice.off, notice.working))
                    for day, name in days.items()
                ),
            )
            for notice in sorted(self._notices.values(), key=lambda one: one.year)
        ]
        return hashlib.sha256(f"{_BUILT_IN}{said}".encode()).hexdigest()

    def knows(self, year: int) -> bool:
        """Whether the notice of a year is known."""
        return year in self._notices or _built_in(date(year, 1, 1)) is not None


_BUILT_IN = hashlib.sha256(
    repr([sorted(map(str, days)) for days in (constants.holidays, constants.workdays)]).encode()
).hexdigest()


def _plain(when: date, *, lacks: int | None = None) -> Day:
    return Day(when, DayKind.WEEKEND if when.weekday() >= 5 else DayKind.WORKING, "", lacks)


@lru_cache(maxsize=20_000)
def _built_in(when: date) -> Day | None:
    try:
        is_off, english = chinese_calendar.get_holiday_detail(when)
    except NotImplementedError:
        return None
    name = _NAMES.get(english or "", english or "")
    if is_off:
        return Day(when, DayKind.HOLIDAY if name else DayKind.WEEKEND, name)
    return Day(when, DayKind.MAKE_UP if when.weekday() >= 5 else DayKind.WORKING, name)
