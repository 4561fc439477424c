"""Deadlines (期限), each with the proof that a reader can check by hand.

Counting follows 民法典 第二百零一条至第二百零三条: the day on which a period starts is not counted; a
period of months or years ends on the corresponding day, or on the last of the month where there is
none; one in natural days, months or years that ends on a day off ends with the day after it. Hours
run from their moment. A period in working days counts those only, make-up days among them. Where
another statute counts otherwise (民法典 第二百零四条) a deadline names its `CountingRule`.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from itertools import pairwise

from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.calendar.days import FIRST_YEAR, Day, DayKind, WorkCalendar

EARLIEST, LATEST = date(1949, 10, 1), date(2299, 12, 31)
MOST_DAYS = 36_525
"""A hundred years: nothing is counted further."""

_DAY = timedelta(days=1)


class Unit(StrEnum):
    WORKING_DAYS = "工作日"
    DAYS = "日"
    MONTHS = "个月"
    YEARS = "年"
    HOURS = "小时"
    SERVICE_HOURS = "服务小时"


@dataclass(frozen=True)
class Period:
    """How long (期间): `count` of a unit, at least one; raises `ValueError` for what can't be counted."""

    count: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 1 <= self.count <= MOST_DAYS:
            raise ValueError("a period has at least one of its units and ends within a hundred years")

    def __str__(self) -> str:
        between = "个" if self.unit in (Unit.WORKING_DAYS, Unit.SERVICE_HOURS) else ""
        return f"{self.count}{between}{self.unit}"


_WRITTEN = re.compile(r"([0-9]{1,5}) ?个?(工作日|自然日|日|天|月|年|小时|服务小时)")
_OTHER_WORDS = {"自然日": Unit.DAYS, "天": Unit.DAYS, "月": Unit.MONTHS}


def read_period(text: str) -> Period:
    """A period as people write it (7个工作日, 15日, 3个月); raises `ValueError` for anything else."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        raise ValueError("not a period")
    return Period(int(found[1]), _OTHER_WORDS.get(found[2]) or Unit(found[2]))


@dataclass(frozen=True)
class ServiceHours:
    """When a service answers (服务时间): on working days, in spans of the day in China, one after the other."""

    spans: tuple[tuple[time, time], ...] = ((time(9), time(18)),)

    def __post_init__(self) -> None:
        moments = [moment for span in self.spans for moment in span]
        if not moments or any(one >= other for one, other in pairwise(moments)):
            raise ValueError("service has spans that end after they have begun, one after the other")


@dataclass(frozen=True)
class CountingRule:
    """How a statute counts (期间的计算): on which kinds of days a period can't end, and which days mean working days.

    `since` is when it came into force; what began before it was counted by another.
    """

    code: str
    law: str
    quotes: tuple[str, ...]
    since: date
    no_end_on: frozenset[DayKind] = frozenset({DayKind.WEEKEND, DayKind.HOLIDAY})
    in_working_days: frozenset[int] = frozenset()

    def period(self, asked: Period) -> Period:
        """What a period means under this rule."""
        if asked.unit is Unit.DAYS and asked.count in self.in_working_days:
            return Period(asked.count, Unit.WORKING_DAYS)
        return asked


CIVIL_CODE = CountingRule(
    "civil_code",
    "民法典第二百零一条至第二百零三条",
    (
        "按照年、月、日计算期间的，开始的当日不计入，自下一日开始计算。",
        "按照小时计算期间的，自法律规定或者当事人约定的时间开始计算。",
        "按照年、月计算期间的，到期月的对应日为期间的最后一日；没有对应日的，月末日为期间的最后一日。",
        "期间的最后一日是法定休假日的，以法定休假日结束的次日为期间的最后一日。",
        "期间的最后一日的截止时间为二十四时；有业务时间的，停止业务活动的时间为截止时间。",
    ),
    date.min,  # in force since 2021-01-01; the texts before it aren't stored, and what began then is counted alike
)
MARKET_COMPLAINTS = CountingRule(
    "market_complaints",
    "市场监督管理投诉举报处理办法第四十五条",
    (
        "按照年、月、日计算期间的，开始的当日不计入，自下一工作日或者自然日开始计算。"
        "期间届满的最后一日是法定节假日的，以法定节假日后的第一日为期间届满的日期。",
    ),
    date(2026, 4, 15),
    no_end_on=frozenset({DayKind.HOLIDAY}),
)
PENALTIES = CountingRule(
    "penalties",
    "行政处罚法第八十五条",
    ("本法中“二日”“三日”“五日”“七日”的规定是指工作日，不含法定节假日。",),
    date(2021, 7, 15),
    in_working_days=frozenset({2, 3, 5, 7}),
)
COUNTING_RULES = {one.code: one for one in (CIVIL_CODE, MARKET_COMPLAINTS, PENALTIES)}


@dataclass(frozen=True)
class Pause:
    """The clock stands still (期限中止): the day it stopped was still counted, the day it goes on is not.

    Where it stopped on the very last day, what was left of that day is given back as a whole one.
    """

    since: date
    until: date

    def __post_init__(self) -> None:
        if self.until < self.since:
            raise ValueError("a pause ends after it has begun")

    def __contains__(self, day: date) -> bool:
        return self.since < day <= self.until


@dataclass(frozen=True)
class Step:
    """Days in a row that were treated alike: counted (up to `reached`), days off, or paused."""

    first: date
    last: date
    word: str
    is_counted: bool
    reached: int

    def __str__(self) -> str:
        span = _short(self.first)
        if self.last != self.first:
            same = self.first.month == self.last.month and self.first.year == self.last.year
            span += f"至{self.last.day}日" if same else f"至{_short(self.last)}"
        if self.is_counted:
            return f"{span}{self.word}（第{self.reached}日）" if self.reached else f"{span}{self.word}"
        return f"{span}{self.word}不计"


@dataclass(frozen=True)
class Deadline:
    """The end of a period. `at` is the moment after which it is missed; `due` the day in China that it falls on."""

    start: datetime | date
    period: Period
    due: date
    at: datetime
    steps: tuple[Step, ...] = ()
    lacks: tuple[int, ...] = ()
    """Years whose notice isn't known and that were counted in."""
    moved_from: date | None = None
    rule: CountingRule = CIVIL_CODE

    @property
    def is_provisional(self) -> bool:
        return bool(self.lacks)

    @property
    def proof(self) -> str:
        """One line: from when, what was not counted and why, until when."""
        begin = _written(day_of(self.start) if isinstance(self.start, datetime) else self.start)
        if self.period.unit in (Unit.HOURS, Unit.SERVICE_HOURS):
            assert isinstance(self.start, datetime)
            begin = f"{begin}{self.start.astimezone(CHINA):%H:%M}"
            text = f"自{begin}起{self.period}"
        else:
            text = f"自{begin}的次日起算{self.period}"
        if self.rule is not CIVIL_CODE:
            is_other = self.rule.period(self.period) != self.period
            text += f"（按{self.rule.law}{'，算工作日' if is_other else ''}）"
        text += "".join(f"，{part}" for part in self._exceptions())
        last = self.at.astimezone(CHINA)
        until = f"{last:%H:%M}" if self.at != _end_of(self.due) else ""
        return f"{text}，至{_written(self.due)}{until}止{self._doubt()}"

    def _exceptions(self) -> Iterator[str]:
        plain = sum((step.last - step.first).days + 1 for step in self.steps if step.word == DayKind.WEEKEND)
        if plain:
            yield f"{DayKind.WEEKEND}{plain}天不计"
        year = (day_of(self.start) if isinstance(self.start, datetime) else self.start).year
        for step in self.steps:
            if step.word and step.word != DayKind.WEEKEND:
                words = str(step) if not step.is_counted else f"{_short(step.first)}{step.word}计入"
                yield words if step.first.year == year else f"{step.first.year}年{words}"
                year = step.first.year
        if self.moved_from:
            is_of_holidays = DayKind.WEEKEND not in self.rule.no_end_on
            off, on = ("法定节假日", "日") if is_of_holidays else ("休假日", "个工作日")
            yield f"{_short(self.moved_from)}是{off}，顺延至其后第一{on}"

    def _doubt(self) -> str:
        old, new = ([year for year in self.lacks if (year < FIRST_YEAR) is is_old] for is_old in (True, False))
        words = [f"{FIRST_YEAR}年以前的放假安排没有收录，按周末推算"] if old else []
        if new:
            years = "、".join(f"{year}年" for year in new) if len(new) < 4 else f"{new[0]}年至{new[-1]}年"
            words.append(f"{years}的放假安排未公布，暂定")
        return f"（{'；'.join(words)}）" if words else ""


def deadline(
    calendar: WorkCalendar,
    start: datetime | date,
    period: Period,
    *,
    pauses: Sequence[Pause] = (),
    service: ServiceHours | None = None,
    rule: CountingRule = CIVIL_CODE,
    closes: time | None = None,
) -> Deadline:
    """When a period ends that starts at a moment, or on a day in China.

    Hours need a moment with a zone. `closes` is when business ends where something has to be handed in
    (民法典 第二百零三条第二款); without it a day ends at midnight. Raises `ValueError` for one without, for days outside of
    `EARLIEST` … `LATEST`, for pauses of hours, and for hours of service where none are counted.
    """
    day = day_of(start) if isinstance(start, datetime) else start
    _check(day)
    if service is not None and period.unit is not Unit.SERVICE_HOURS:
        raise ValueError("only hours of service are counted by them")
    if period.unit in (Unit.HOURS, Unit.SERVICE_HOURS):
        if not isinstance(start, datetime):
            raise ValueError("hours run from a moment")
        if pauses:
            raise ValueError("hours have no pauses")
        return (
            _after_hours(start, period)
            if period.unit is Unit.HOURS
            else _after_service(calendar, start, period, service or ServiceHours())
        )
    if rule.period(period).unit is Unit.WORKING_DAYS:
        found = _after_working_days(calendar, start, day, period, pauses)
    else:
        found = _after_days(calendar, start, day, period, pauses, rule)
    at = datetime.combine(found.due, closes, CHINA) if closes else found.at
    return replace(found, rule=rule, at=at)


def _check(day: date) -> None:
    if not EARLIEST <= day <= LATEST:
        raise ValueError(f"nothing is counted from or to {day}")


def _end_of(day: date) -> datetime:
    """The end of a day in China: 二十四时 (民法典 第二百零三条)."""
    return datetime.combine(day + _DAY, time.min, CHINA)


class _Steps:
    """Days one after the other, joined to steps, and the years that nobody knows yet."""

    def __init__(self) -> None:
        self.made: list[Step] = []
        self.lacks: set[int] = set()

    def look(self, day: Day) -> None:
        if day.lacks is not None:
            self.lacks.add(day.lacks)

    @property
    def years(self) -> tuple[int, ...]:
        return tuple(sorted(self.lacks))

    def take(self, day: Day, *, word: str, is_counted: bool, reached: int = 0) -> None:
        self.look(day)
        last = self.made[-1] if self.made else None
        if last and (last.word, last.is_counted) == (word, is_counted) and last.last + _DAY == day.date:
            self.made[-1] = Step(last.first, day.date, word, is_counted, reached)
        else:
            self.made.append(Step(day.date, day.date, word, is_counted, reached))


def _after_working_days(
    calendar: WorkCalendar, start: datetime | date, day: date, period: Period, pauses: Sequence[Pause]
) -> Deadline:
    steps, counted, needed = _Steps(), 0, period.count
    while counted < needed:
        day += _DAY
        _check(day)
        found = calendar.day(day)
        if any(day in pause for pause in pauses):
            steps.take(found, word="中止", is_counted=False)
        elif found.is_working:
            counted += 1
            word = f"{_WEEKDAYS[day.weekday()]}{found.kind}" if found.kind is DayKind.MAKE_UP else ""
            steps.take(found, word=word, is_counted=True, reached=min(counted, period.count))
            if counted == needed and _stopped_on(day, pauses):
                needed += 1
        else:
            steps.take(found, word=found.name or found.kind, is_counted=False)
    return Deadline(start, period, day, _end_of(day), tuple(steps.made), steps.years)


def _stopped_on(day: date, pauses: Sequence[Pause]) -> bool:
    """Whether the clock stopped on this day and went on on a later one."""
    return any(pause.since == day < pause.until for pause in pauses)


def _after_days(
    calendar: WorkCalendar,
    start: datetime | date,
    day: date,
    period: Period,
    pauses: Sequence[Pause],
    rule: CountingRule,
) -> Deadline:
    end = day + timedelta(days=period.count) if period.unit is Unit.DAYS else _months_later(day, period)
    _check(end)
    steps, here = _Steps(), day
    while here < end:
        here += _DAY
        if any(here in pause for pause in pauses):
            steps.take(calendar.day(here), word="中止", is_counted=False)
            end += _DAY
        elif here == end and _stopped_on(here, pauses):
            end += _DAY
        _check(end)
    last, moved_from = calendar.day(end), None
    steps.look(last)
    while last.kind in rule.no_end_on or (
        moved_from and (_stopped_on(last.date, pauses) or any(last.date in pause for pause in pauses))
    ):
        moved_from = moved_from or end
        last = calendar.day(last.date + _DAY)
        steps.look(last)
    return Deadline(start, period, last.date, _end_of(last.date), tuple(steps.made), steps.years, moved_from)


def _months_later(day: date, period: Period) -> date:
    return months_later(day, period.count * (12 if period.unit is Unit.YEARS else 1))


def months_later(day: date, count: int) -> date:
    """The corresponding day, or the last of the month where there is none (民法典 第二百零二条)."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    if year > LATEST.year:
        raise ValueError(f"nothing is counted from or to {year}")
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _after_hours(start: datetime, period: Period) -> Deadline:
    at = start.astimezone(CHINA) + timedelta(hours=period.count)
    _check(day_of(at))
    return Deadline(start, period, day_of(at), at)


def _after_service(calendar: WorkCalendar, start: datetime, period: Period, service: ServiceHours) -> Deadline:
    steps, left = _Steps(), timedelta(hours=period.count)
    here = start.astimezone(CHINA)
    while True:
        found = calendar.day(here.date())
        if found.is_working:
            steps.take(found, word="", is_counted=True)
            for span in service.spans:
                begins, ends = (datetime.combine(here.date(), moment, CHINA) for moment in span)
                begin = max(here, begins)
                if begin < ends and begin + left <= ends:
                    at = begin + left
                    return Deadline(start, period, at.date(), at, tuple(steps.made), steps.years)
                left -= max(ends - begin, timedelta(0))
        else:
            steps.take(found, word=found.name or found.kind, is_counted=False)
        here = datetime.combine(here.date() + _DAY, time.min, CHINA)
        _check(here.date())


_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日")


def _written(day: date) -> str:
    return f"{day.year}年{_short(day)}"


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"
