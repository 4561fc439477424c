"""Deadlines against a plain second reading of the same rules, and the cases that people get wrong."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
from chinese_calendar import constants
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.kernel.calendar import (
    DayKind,
    Notice,
    Pause,
    Period,
    ServiceHours,
    Unit,
    WorkCalendar,
    deadline,
)
from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.calendar.deadlines import CIVIL_CODE, MARKET_COMPLAINTS, PENALTIES

CASES = 100_000 if os.environ.get("GUIJU_PROVE") else settings().max_examples
CALENDAR = WorkCalendar()
DAY = timedelta(days=1)


def is_working(day: date) -> bool:
    """The oracle's own reading of the published notices."""
    return day in constants.workdays or (
        day.weekday() < 5 and day not in {**constants.holidays, **constants.in_lieu_days}
    )


FIRST, LAST = date(1998, 1, 1), date(2032, 12, 31)
WORKING = [day for day in (FIRST + DAY * n for n in range((LAST - FIRST).days + 1)) if is_working(day)]
STARTS = st.dates(date(2000, 1, 1), date(2028, 12, 31))


def months_on(day: date, count: int) -> date:
    """Month by month as on a wall calendar; where there is no such day, the one before it, and so on."""
    year, month, number = day.year, day.month, day.day
    for _ in range(abs(count)):
        month += 1 if count > 0 else -1
        if month in (0, 13):
            year, month = (year - 1, 12) if month == 0 else (year + 1, 1)
    while True:
        try:
            return date(year, month, number)
        except ValueError:
            number -= 1


def working_days(count: int) -> Period:
    return Period(count, Unit.WORKING_DAYS)


def test_seven_working_days_across_national_day_2026_skip_the_holiday_and_count_the_make_up_day() -> None:
    found = deadline(CALENDAR, date(2026, 9, 28), working_days(7))

    assert found.due == date(2026, 10, 13) and not found.is_provisional
    assert found.at == datetime(2026, 10, 14, tzinfo=CHINA)
    assert found.proof == (
        "自2026年9月28日的次日起算7个工作日，休息日1天不计，10月1日至7日国庆节不计，10月10日周六调休上班计入，至2026年10月13日止"
    )
    assert [str(step) for step in found.steps] == [
        "9月29日至30日（第2日）",
        "10月1日至7日国庆节不计",
        "10月8日至9日（第4日）",
        "10月10日周六调休上班（第5日）",
        "10月11日休息日不计",
        "10月12日至13日（第7日）",
    ]


@pytest.mark.parametrize(
    ("start", "period", "due"),
    [
        (date(2026, 9, 21), Period(10, Unit.DAYS), date(2026, 10, 8)),
        (date(2026, 1, 31), Period(1, Unit.MONTHS), date(2026, 2, 28)),
        (date(2024, 2, 29), Period(1, Unit.YEARS), date(2025, 2, 28)),
        (date(2025, 8, 29), Period(6, Unit.MONTHS), date(2026, 2, 28)),
        (date(2026, 9, 18), working_days(1), date(2026, 9, 20)),
        (date(2019, 12, 31), working_days(20), date(2020, 2, 5)),
    ],
    ids=["days", "no such day", "leap year", "a Saturday of work", "a Sunday of work", "the long holiday of 2020"],
)
def test_periods_end_where_a_person_with_a_calendar_would_end_them(start: date, period: Period, due: date) -> None:
    assert deadline(CALENDAR, start, period).due == due


def test_days_that_end_on_a_day_off_say_that_they_moved() -> None:
    found = deadline(CALENDAR, date(2026, 9, 21), Period(10, Unit.DAYS))

    assert found.moved_from == date(2026, 10, 1)
    assert "10月1日是休假日，顺延至其后第一个工作日，至2026年10月8日止" in found.proof


def test_a_year_without_a_published_notice_is_provisional_and_not_guessed() -> None:
    found = deadline(CALENDAR, date(2027, 2, 1), working_days(3))

    assert found.is_provisional and found.due == date(2027, 2, 4)
    assert found.proof.endswith("（2027年的放假安排未公布，暂定）")
    assert "2004年以前的放假安排没有收录" in deadline(CALENDAR, date(2003, 12, 30), working_days(3)).proof


@pytest.mark.parametrize(
    ("calendar", "start", "period", "doubt"),
    [
        (CALENDAR, date(2003, 6, 1), Period(25, Unit.YEARS), "（2028年的放假安排未公布，暂定）"),
        (
            CALENDAR,
            datetime(2003, 12, 31, 17, tzinfo=UTC),
            working_days(3),
            "止",
        ),
        (
            WorkCalendar([Notice(2028, {date(2028, 1, 1): "元旦"}, {})]),
            date(2027, 12, 20),
            working_days(15),
            "（2027年的放假安排未公布，暂定）",
        ),
        (CALENDAR, date(2026, 12, 25), working_days(300), "（2027年、2028年的放假安排未公布，暂定）"),
        (CALENDAR, date(2026, 12, 1), Period(9, Unit.YEARS), "（2035年的放假安排未公布，暂定）"),
        (CALENDAR, date(2026, 12, 1), working_days(1300), "（2027年至2031年的放假安排未公布，暂定）"),
    ],
)
def test_the_doubt_names_the_years_that_were_guessed_and_no_others(
    calendar: WorkCalendar, start: date, period: Period, doubt: str
) -> None:
    assert deadline(calendar, start, period).proof.endswith(doubt)


def test_a_last_day_off_before_a_pause_moves_behind_it() -> None:
    # The tenth day is a Saturday, and from Sunday on the clock stands still.
    pause = Pause(date(2026, 6, 6), date(2026, 6, 30))
    assert deadline(CALENDAR, date(2026, 5, 27), Period(10, Unit.DAYS), pauses=[pause]).due == date(2026, 7, 1)


def test_a_pause_that_begins_on_the_last_day_leaves_a_day_after_it() -> None:
    pause = Pause(date(2026, 10, 13), date(2026, 11, 13))
    for period in (working_days(7), Period(15, Unit.DAYS)):
        assert deadline(CALENDAR, date(2026, 9, 28), period, pauses=[pause]).due == date(2026, 11, 16)
    same_day = Pause(date(2026, 10, 13), date(2026, 10, 13))
    assert deadline(CALENDAR, date(2026, 9, 28), working_days(7), pauses=[same_day]).due == date(2026, 10, 13)


def test_a_statute_that_counts_otherwise_is_counted_otherwise() -> None:
    # Ten days from 9 September end on a Saturday, twenty-two on the first day of National Day.
    for rule, count, due in (
        (CIVIL_CODE, 10, date(2026, 9, 20)),
        (MARKET_COMPLAINTS, 10, date(2026, 9, 19)),
        (MARKET_COMPLAINTS, 22, date(2026, 10, 8)),
        (PENALTIES, 5, date(2026, 9, 16)),
        (PENALTIES, 6, date(2026, 9, 15)),
    ):
        assert deadline(CALENDAR, date(2026, 9, 9), Period(count, Unit.DAYS), rule=rule).due == due
    assert "行政处罚法第八十五条" in deadline(CALENDAR, date(2026, 9, 9), Period(5, Unit.DAYS), rule=PENALTIES).proof
    moved = deadline(CALENDAR, date(2026, 9, 9), Period(22, Unit.DAYS), rule=MARKET_COMPLAINTS)
    assert "10月1日是法定节假日，顺延至其后第一日" in moved.proof


def test_where_business_ends_the_last_day_ends() -> None:
    found = deadline(CALENDAR, date(2026, 9, 28), working_days(7), closes=time(17, 30))
    assert found.at == datetime(2026, 10, 13, 17, 30, tzinfo=CHINA) and "至2026年10月13日17:30止" in found.proof


def test_a_notice_ends_the_provisional_state_and_goes_before_what_is_built_in() -> None:
    notice = Notice(2027, {date(2027, 2, 5): "春节"}, {date(2027, 2, 6): "春节", date(2026, 12, 26): "元旦"})
    calendar = WorkCalendar([notice])
    assert CALENDAR.day(date(2026, 12, 26)).lacks == 2027 and calendar.day(date(2026, 12, 28)).lacks is None
    found = deadline(calendar, date(2027, 2, 4), working_days(1))

    assert (found.due, found.is_provisional) == (date(2027, 2, 6), False)
    assert calendar.day(date(2026, 12, 26)).kind is DayKind.MAKE_UP
    assert calendar.knows(2027) and not CALENDAR.knows(2027) and CALENDAR.knows(2026)
    changed = WorkCalendar([Notice(2026, {date(2026, 6, 1): "特别放假"}, {})])
    assert changed.day(date(2026, 6, 1)).name == "特别放假" and changed.day(date(2026, 10, 1)).is_working


@pytest.mark.parametrize("count", [0, -1, 40_000])
def test_a_period_that_cannot_be_counted_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="within a hundred years"):
        Period(count, Unit.DAYS)


@pytest.mark.parametrize("start", [date(1800, 1, 1), date(2299, 12, 31), date.max, date.min])
@pytest.mark.parametrize("unit", [Unit.WORKING_DAYS, Unit.DAYS, Unit.MONTHS, Unit.YEARS])
def test_days_beyond_every_calendar_are_refused_and_never_run_on(start: date, unit: Unit) -> None:
    with pytest.raises(ValueError, match="nothing is counted"):
        deadline(CALENDAR, start, Period(300, unit))


def test_hours_need_a_moment_and_a_moment_needs_a_zone() -> None:
    with pytest.raises(ValueError, match="moment"):
        deadline(CALENDAR, date(2026, 9, 28), Period(1, Unit.HOURS))
    with pytest.raises(ValueError, match="zone"):
        deadline(CALENDAR, datetime(2026, 9, 28), working_days(1))
    with pytest.raises(ValueError, match="pauses"):
        deadline(
            CALENDAR,
            datetime(2026, 9, 28, tzinfo=UTC),
            Period(1, Unit.HOURS),
            pauses=[Pause(date(2026, 9, 28), date(2026, 9, 29))],
        )
    with pytest.raises(ValueError, match="begun"):
        ServiceHours(((time(18), time(9)),))
    with pytest.raises(ValueError, match="one after the other"):
        ServiceHours(((time(9), time(12)), (time(12), time(18))))
    with pytest.raises(ValueError, match="begun"):
        Pause(date(2026, 6, 30), date(2026, 6, 1))
    with pytest.raises(ValueError, match="only hours of service"):
        deadline(CALENDAR, date(2026, 9, 28), working_days(1), service=ServiceHours())


def test_the_day_in_china_decides_wherever_the_clock_stands() -> None:
    evening = datetime(2026, 9, 28, 16, 30, tzinfo=UTC)  # half past midnight of the 29th in China

    assert deadline(CALENDAR, evening, working_days(1)).due == date(2026, 9, 30)
    for hours in (-11, 0, 8, 14):
        there = evening.astimezone(timezone(timedelta(hours=hours)))
        assert deadline(CALENDAR, there, working_days(1)).due == date(2026, 9, 30)


def test_hours_of_service_stop_at_night_and_on_days_off() -> None:
    found = deadline(CALENDAR, datetime(2026, 9, 30, 17, tzinfo=CHINA), Period(4, Unit.SERVICE_HOURS))

    assert found.at == datetime(2026, 10, 8, 12, tzinfo=CHINA)
    assert found.proof == "自2026年9月30日17:00起4个服务小时，10月1日至7日国庆节不计，至2026年10月8日12:00止"


@settings(max_examples=CASES)
@given(STARTS, st.integers(1, 250))
def test_working_days_end_where_the_oracle_says(start: date, count: int) -> None:
    found = deadline(CALENDAR, start, working_days(count))

    assert found.due == WORKING[bisect_right(WORKING, start) + count - 1]
    # New Year's Day of a year that nobody knows may begin in the December before.
    assert found.is_provisional == (start + DAY < date(2004, 1, 1) or found.due >= date(2026, 12, 25))
    counted = [step for step in found.steps if step.is_counted]
    assert sum((step.last - step.first).days + 1 for step in counted) == count == counted[-1].reached
    assert found.steps[0].first == start + DAY and found.steps[-1].last == found.due
    assert all(here.last + DAY == after.first for here, after in zip(found.steps, found.steps[1:], strict=False))


@settings(max_examples=CASES)
@given(STARTS, st.integers(1, 400), st.sampled_from([Unit.DAYS, Unit.MONTHS, Unit.YEARS]))
def test_days_months_and_years_end_where_the_oracle_says(start: date, count: int, unit: Unit) -> None:
    count = {Unit.DAYS: count, Unit.MONTHS: count % 48 + 1, Unit.YEARS: count % 4 + 1}[unit]
    months = {Unit.DAYS: 0, Unit.MONTHS: count, Unit.YEARS: 12 * count}[unit]
    plain = months_on(start, months) if months else start + DAY * count
    found = deadline(CALENDAR, start, Period(count, unit))

    assert found.due == WORKING[bisect_left(WORKING, plain)]
    assert found.moved_from == (None if is_working(plain) else plain)


@settings(max_examples=CASES)
@given(
    STARTS, st.integers(1, 60), st.lists(st.tuples(st.integers(0, 90), st.integers(0, 40)), max_size=3), st.booleans()
)
def test_a_pause_moves_the_end_by_the_days_that_would_have_counted(
    start: date, count: int, spans: list[tuple[int, int]], is_working_days: bool
) -> None:
    pauses = [Pause(start + DAY * begin, start + DAY * (begin + length)) for begin, length in spans]
    paused = {pause.since + DAY * n for pause in pauses for n in range(1, (pause.until - pause.since).days + 1)}
    days = WORKING if is_working_days else [FIRST + DAY * n for n in range((LAST - FIRST).days + 1)]
    left = [day for day in days[bisect_right(days, start) :][:600] if day not in paused]
    found = deadline(CALENDAR, start, Period(count, Unit.WORKING_DAYS if is_working_days else Unit.DAYS), pauses=pauses)

    def stops(day: date) -> bool:
        return any(pause.since == day < pause.until for pause in pauses)

    last = next(day for day in left[count - 1 :] if not stops(day))
    later = (day for day in WORKING[bisect_left(WORKING, last) :] if day not in paused and not stops(day))
    assert found.due == (last if is_working(last) else next(later))
    assert not any(pause.since <= found.due <= pause.until for pause in pauses if pause.since < pause.until)


@settings(max_examples=CASES)
@given(
    st.datetimes(datetime(2019, 1, 1), datetime(2026, 11, 1)),
    st.integers(1, 40),
    st.lists(st.integers(0, 47), min_size=2, max_size=6, unique=True).filter(lambda found: len(found) % 2 == 0),
)
def test_hours_of_service_end_where_walking_by_the_minute_ends(naive: datetime, count: int, halves: list[int]) -> None:
    moments = [time(half // 2, half % 2 * 30) for half in sorted(halves)]
    service = ServiceHours(tuple(zip(moments[::2], moments[1::2], strict=True)))
    start = naive.replace(second=0, microsecond=0, tzinfo=CHINA)
    found = deadline(CALENDAR, start, Period(count, Unit.SERVICE_HOURS), service=service)
    left, here = count * 60, start
    while left:
        today, now = here.date(), here.time()
        if not is_working(today) or all(now >= ends for _, ends in service.spans):
            here = datetime.combine(today + DAY, time.min, CHINA)
            continue
        begins = next(begins for begins, ends in service.spans if now < ends)
        if now < begins:
            here = datetime.combine(today, begins, CHINA)
        else:
            here += timedelta(minutes=1)
            left -= 1

    assert found.at == here and found.due == here.date()


@given(STARTS, st.integers(1, 60), st.integers(1, 60))
def test_a_period_after_a_period_is_the_longer_period(start: date, first: int, second: int) -> None:
    middle = deadline(CALENDAR, start, working_days(first)).due

    assert (
        deadline(CALENDAR, middle, working_days(second)).due
        == deadline(CALENDAR, start, working_days(first + second)).due
    )
