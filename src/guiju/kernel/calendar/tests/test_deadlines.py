from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.calendar import DayKind, WorkCalendar, after_natural_days, after_working_days

CALENDAR = WorkCalendar()
PUBLISHED = st.dates(date(2020, 1, 1), date(2026, 11, 1))


def test_seven_working_days_across_national_day_2026_skip_the_holiday_and_count_the_make_up_day() -> None:
    deadline = after_working_days(CALENDAR, date(2026, 9, 28), 7)

    assert deadline.due == date(2026, 10, 13)
    assert not deadline.provisional
    assert CALENDAR.day(date(2026, 10, 10)).kind is DayKind.MAKE_UP
    assert "10月1日国庆节" in deadline.proof


def test_natural_days_that_end_on_a_day_off_move_to_the_next_working_day() -> None:
    assert after_natural_days(CALENDAR, date(2026, 9, 21), 10).due == date(2026, 10, 8)


def test_a_year_without_a_published_notice_is_provisional_and_not_guessed() -> None:
    deadline = after_working_days(CALENDAR, date(2027, 2, 1), 3)

    assert deadline.provisional
    assert "暂定" in deadline.proof


def test_overrides_of_an_administrator_end_the_provisional_state() -> None:
    calendar = WorkCalendar({date(2027, 2, 5): DayKind.HOLIDAY, date(2027, 2, 6): DayKind.MAKE_UP})

    deadline = after_working_days(calendar, date(2027, 2, 4), 1)

    assert deadline.due == date(2027, 2, 6)
    assert not deadline.provisional


@pytest.mark.parametrize("count", [0, -1])
def test_a_period_without_a_day_is_refused(count: int) -> None:
    with pytest.raises(ValueError, match="at least one day"):
        after_working_days(CALENDAR, date(2026, 1, 5), count)


@given(PUBLISHED, st.integers(1, 30))
def test_a_working_day_deadline_has_exactly_that_many_working_days_after_the_start(start: date, count: int) -> None:
    deadline = after_working_days(CALENDAR, start, count)
    span = [start + timedelta(days=n + 1) for n in range((deadline.due - start).days)]

    assert sum(CALENDAR.day(day).is_working for day in span) == count
    assert CALENDAR.day(deadline.due).is_working


@given(PUBLISHED, st.integers(1, 29))
def test_a_longer_period_never_ends_earlier(start: date, count: int) -> None:
    assert after_working_days(CALENDAR, start, count).due < after_working_days(CALENDAR, start, count + 1).due
    assert after_natural_days(CALENDAR, start, count).due <= after_natural_days(CALENDAR, start, count + 1).due
