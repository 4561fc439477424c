"""Days in every habit of writing: each comes back, and what is not whole or not certain is refused."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.calendar.clock import CHINA
from guiju.kernel.cells import Invalid, Order, day, days_order

DAYS = st.dates(date(1900, 1, 1), date(2100, 12, 31))
RECENT = st.dates(date(1950, 1, 1), date(2029, 12, 31))
"""Those that two digits of a year can name."""

DIGITS = "〇一二三四五六七八九"
ENGLISH = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def small(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("", "十", "二十", "三十")[tens] + (DIGITS[ones] if ones else "")


def wide(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


HABITS = {
    "iso": lambda d: f"{d:%Y-%m-%d}",
    "strokes": lambda d: f"{d.year}/{d.month}/{d.day}",
    "points": lambda d: f"{d.year}.{d.month}.{d.day}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "spaced": lambda d: f" {d.year} 年 {d.month} 月 {d.day} 号 ",
    "words": lambda d: f"{''.join(DIGITS[int(c)] for c in str(d.year))}年{small(d.month)}月{small(d.day)}日",
    "compact": lambda d: f"{d:%Y%m%d}",
    "minutes": lambda d: f"{d:%Y-%m-%d} 13:20",
    "seconds": lambda d: f"{d.year}/{d.month}/{d.day} 8:05:09",
    "moment": lambda d: f"{d:%Y-%m-%d}T00:00:00",
    "weekday": lambda d: f"{d.year}年{d.month}月{d.day}日 星期{'一二三四五六日'[d.weekday()]}",
    "afternoon": lambda d: f"{d.year}/{d.month}/{d.day} 下午 1:20",
    "english": lambda d: f"{d.day}-{ENGLISH[d.month - 1]}-{d.year}",
    "american": lambda d: f"{ENGLISH[d.month - 1]} {d.day}, {d.year}",
    "wide": lambda d: wide(f"{d:%Y-%m-%d}"),
    "quoted": lambda d: f"'{d:%Y-%m-%d}",
    "zone": lambda d: datetime(d.year, d.month, d.day, 9, tzinfo=CHINA).isoformat()[:19] + "+08:00",
}
SHORT_HABITS = {
    "chinese": lambda d: f"{d:%y}年{d.month}月{d.day}日",
    "english": lambda d: f"{d.day}-{ENGLISH[d.month - 1]}-{d:%y}",
    "one digit last": lambda d: f"{d:%y}/{d.month}/{d.day}" if d.day < 10 else f"{d.year}/{d.month}/{d.day}",
}


@pytest.mark.parametrize("habit", HABITS)
@given(DAYS)
def test_any_day_comes_back_in_every_habit(habit: str, written: date) -> None:
    assert day(HABITS[habit](written)) == written


@pytest.mark.parametrize("habit", SHORT_HABITS)
@given(RECENT)
def test_a_year_of_two_digits_is_the_one_that_excel_reads(habit: str, written: date) -> None:
    assert day(SHORT_HABITS[habit](written)) == written


@given(st.dates(date(1927, 5, 18), date(2100, 12, 31)), st.sampled_from(["", ".0", ".5625"]))
def test_excels_count_of_days_is_a_day(written: date, more: str) -> None:
    assert day(f"{(written - date(1899, 12, 30)).days}{more}") == written


@given(RECENT, st.sampled_from(["mdy", "dmy", "ymd"]), st.sampled_from("/-."))
def test_three_bare_numbers_are_read_in_the_order_of_their_column(written: date, order: Order, mark: str) -> None:
    shape = {"mdy": f"{written:%m-%d-%y}", "dmy": f"{written:%d-%m-%y}", "ymd": f"{written:%y-%m-%d}"}[order]
    assert day(shape.replace("-", mark), order=order) == written


@given(st.lists(st.dates(date(2020, 1, 1), date(2029, 12, 31)), min_size=1), st.sampled_from(["mdy", "dmy"]))
def test_the_order_of_a_column_is_the_right_one_or_unknown(days: list[date], order: Order) -> None:
    column = [f"{d.month}/{d.day}/{d.year}" if order == "mdy" else f"{d.day}/{d.month}/{d.year}" for d in days]
    found = days_order([*column, "", "2024-01-05", "不详"])
    assert found == (order if any(d.day > 12 for d in days) else None)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        (["1/5/24", "25/12/24"], "dmy"),
        (["1/5/24", "12/25/24"], "mdy"),
        (["1/5/24 13:20", "12/25/24 8:00"], "mdy"),
        (["24/01/05", "98/03/05"], "ymd"),
        (["1/5/24", "2/6/24"], None),
        (["25/12/24"], None),
        (["1/13/2024", "13/1/2024"], None),
        (["2024-01-05", "45296"], None),
        ([], None),
    ],
)
def test_an_order_is_found_only_when_it_is_the_only_one(column: list[str], order: Order | None) -> None:
    assert days_order(column) == order


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1/5/24", "day_ambiguous"),
        ("01-05-2024", "day_ambiguous"),
        ("25/12/24", "day_ambiguous"),
        ("2024年1月", "day_month"),
        ("2024-01", "day_month"),
        ("202401", "day_month"),
        ("202611", "day_month"),
        ("Jan-24", "day_month"),
        ("二〇二四年一月", "day_month"),
        ("2024", "day_year"),
        ("2024年", "day_year"),
        ("1月5日", "day_no_year"),
        ("5-Jan", "day_no_year"),
        ("2024-02-30", "day_impossible"),
        ("2023年2月29日", "day_impossible"),
        ("20240230", "day_impossible"),
        ("32/13/2024", "day_impossible"),
        ("1899-12-31", "day_year_range"),
        ("2101-01-01", "day_year_range"),
        ("35年1月5日", "day_century"),
        ("2024-01-05 25:00", "day_time"),
        ("2024年1月5日星期六", "day_weekday"),
        ("73416", "day_shape"),
        ("9999", "day_shape"),
        ("2024-1/5", "day_shape"),
        ("2024-01-05至2024-02-05", "day_shape"),
        ("5-Foo-24", "day_shape"),
        ("长期", "day_shape"),
        ("", "cell_empty"),
        ("########", "cell_error"),
        ("#N/A", "cell_error"),
        ("9" * 200, "cell_long"),
    ],
)
def test_what_is_no_certain_day_is_refused_by_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        day(text)
    assert refusal.value.code == code
    assert text[:30] in refusal.value.sentence and "\n" not in refusal.value.sentence


def test_an_uncertain_day_is_refused_with_the_days_that_it_can_be() -> None:
    with pytest.raises(Invalid, match="“1/5/24”可能是 2024-01-05，也可能是 2024-05-01"):
        day("1/5/24")
    assert day("25/12/2024") == date(2024, 12, 25) and day("5/5/2024") == date(2024, 5, 5)


def test_a_moment_with_a_zone_is_the_day_that_it_was_in_china() -> None:
    assert day("2024-01-04T16:00:00.000Z") == date(2024, 1, 5)
    assert day("2024-01-05T08:00:00+0800") == date(2024, 1, 5)
    assert day("2024-01-05T20:30:00-03:30") == date(2024, 1, 6)


@given(
    st.text(max_size=40)
    | st.from_regex(r"[0-9]{1,4}[-/.年 ][0-9]{1,2}[-/.月 ][0-9]{1,4}[日 T]?[0-9:]{0,8}", fullmatch=True)
)
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    for order in (None, "mdy", "dmy", "ymd"):
        with suppress(Invalid):
            assert date(1900, 1, 1) <= day(text, order=order) <= date(2101, 1, 1)
    days_order([text, text])


@given(DAYS)
def test_the_day_before_and_after_are_other_days(written: date) -> None:
    for one in (written - timedelta(1), written + timedelta(1)):
        with suppress(Invalid):
            assert day(one.isoformat()) != written
