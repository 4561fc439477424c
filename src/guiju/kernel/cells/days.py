"""Days as cells hold them (日期): written by people, by Excel, by programs.

A day has to be whole and certain: without its day or its year, or with numbers of which nobody knows
which is the month, it is refused. The order of such numbers can be found from a whole column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime, time, timedelta, timezone
from typing import Literal

from guiju.kernel.calendar.clock import day_of
from guiju.kernel.cells.written import written, wrong
from guiju.kernel.identifiers import Invalid

Order = Literal["mdy", "dmy", "ymd"]
"""Of three numbers: month/day/year (美式), day/month/year (欧式), or year/month/day with a year of two digits."""

FIRST_YEAR, LAST_YEAR = 1900, 2100
_EXCEL_BEGAN = date(1899, 12, 30)
_LEAST_SERIAL = 10_000
"""1927-05-18: smaller numbers are rather years, or numbers of something else."""

_MONTH_NAMES = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTHS = {
    short: number
    for number, name in enumerate(_MONTH_NAMES, 1)
    for short in (name, name[:3], *(["sept"] if number == 9 else []))
}
_DIGITS = {**{digit: number for number, digit in enumerate("零一二三四五六七八九")}, "〇": 0, "○": 0, "O": 0, "o": 0}
_SMALL = {
    f"{'' if tens < 2 else '零一二三'[tens]}{'十' if tens else ''}{'零一二三四五六七八九'[ones] if ones else ''}": tens
    * 10
    + ones
    for tens in range(4)
    for ones in range(10)
}
_CHINESE_DIGIT = "[零〇○Oo一二三四五六七八九]"
_CHINESE_NUMBER = "([一二三四五六七八九十]{1,3})"
_NAME = "([A-Za-z]{3,9})"

_WHOLE = re.compile(
    r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})|([0-9]{4}|[0-9]{2})年([0-9]{1,2})月([0-9]{1,2})[日号]?"
)
_CHINESE = re.compile(rf"({_CHINESE_DIGIT}{{4}}|{_CHINESE_DIGIT}{{2}})年{_CHINESE_NUMBER}月{_CHINESE_NUMBER}[日号]?")
_COMPACT = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0+)?")
_SERIAL = re.compile(r"([0-9]{5})(?:\.[0-9]+)?")
_DAY_FIRST = re.compile(rf"([0-9]{{1,2}})(?:st|nd|rd|th)?[- /.,]*{_NAME}\.?[- /.,]*([0-9]{{4}}|[0-9]{{2}})")
_MONTH_FIRST = re.compile(rf"{_NAME}\.?[- /.]*([0-9]{{1,2}})(?:st|nd|rd|th)?[- /.,]+([0-9]{{4}}|[0-9]{{2}})")
_UNCERTAIN = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4}|[0-9]{1,2})")
_MONTH_ONLY = re.compile(
    rf"[0-9]{{4}}[-/.][0-9]{{1,2}}|[0-9]{{2,4}}年[0-9]{{1,2}}月|(?:19|20)[0-9]{{2}}(?:0[1-9]|1[0-2])|"
    rf"{_CHINESE_DIGIT}{{2,4}}年[一二三四五六七八九十]{{1,2}}月|{_NAME}[- /.,]+[0-9]{{2,4}}"
)
_YEAR_ONLY = re.compile(rf"(?:19|20)[0-9]{{2}}(?:\.0+)?年?|(?:[0-9]{{2}}|{_CHINESE_DIGIT}{{2,4}})年")
_NO_YEAR = re.compile(
    rf"[0-9]{{1,2}}(?:月|[-/.])[0-9]{{1,2}}[日号]?|[一二三四五六七八九十]{{1,2}}月{_CHINESE_NUMBER}[日号]?|[0-9]{{1,2}}[- ]{_NAME}"
)
_TIMED = re.compile(
    r"(?P<day>.*?[0-9日号])"
    r"(?: *\(?(?:星期|周)(?P<weekday>[一二三四五六日天])\)?)?"
    r"(?:(?: +|T|(?<=[日号)一二三四五六天]))(?P<half>上午|下午)? *(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})"
    r"(?::(?P<second>[0-9]{2})(?:\.[0-9]{1,9})?)? *(?P<latin>AM|PM)?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?",
    re.IGNORECASE,
)


def day(text: str, *, order: Order | None = None) -> date:
    """The day that stands in the cell; raises `Invalid` unless it is whole and certain.

    `order` says how three bare numbers such as 1/5/24 are to be read in this column. A moment with a zone
    (2024-01-04T16:00:00Z) is the day it was in China.
    """
    cell = written(text)
    spaced = re.sub(r"(?<=[年月]) +| +(?=[年月日号])", "", cell)
    match = _TIMED.fullmatch(spaced)
    if match is None:
        raise _unreadable(spaced, cell)
    found = _bare_day(match["day"], order, cell)
    if match["weekday"] and found.weekday() != "一二三四五六日".index(match["weekday"].replace("天", "日")):
        raise wrong("day_weekday", cell, f"里的星期不对：{found} 是星期{'一二三四五六日'[found.weekday()]}")
    return found if match["hour"] is None else _in_china(found, match, cell)


def days_order(values: Iterable[str]) -> Order | None:
    """The one order in which every value of a column is a day; None when there are several or none."""
    possible: set[Order] | None = None
    for value in values:
        if readings := _readings_of(value):
            possible = set(readings) if possible is None else possible & set(readings)
    return possible.pop() if possible and len(possible) == 1 else None


def _bare_day(words: str, order: Order | None, cell: str) -> date:
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], date]], ...] = (
        (_WHOLE, lambda m: _date(m[1] or m[5], int(m[3] or m[6]), int(m[4] or m[7]), cell)),
        (_COMPACT, lambda m: _date(m[1], int(m[2]), int(m[3]), cell)),
        (_SERIAL, lambda m: _by_serial(int(m[1]), cell)),
        (_CHINESE, lambda m: _by_words(m, cell)),
        (_DAY_FIRST, lambda m: _date(m[3], _month(m[2], cell), int(m[1]), cell)),
        (_MONTH_FIRST, lambda m: _date(m[3], _month(m[1], cell), int(m[2]), cell)),
        (_UNCERTAIN, lambda m: _by_order(m, order, cell)),
    )
    for pattern, read in readers:
        if match := pattern.fullmatch(words):
            return read(match)
    raise _unreadable(words, cell)


def _unreadable(words: str, cell: str) -> Invalid:
    if _MONTH_ONLY.fullmatch(words):
        return wrong("day_month", cell, "只有年月，缺少日：请写成 2024-01-31 这样")
    if _YEAR_ONLY.fullmatch(words):
        return wrong("day_year", cell, "只有年份：请写成 2024-01-31 这样")
    if _NO_YEAR.fullmatch(words):
        return wrong("day_no_year", cell, "没有年份：请写成 2024-01-31 这样")
    return wrong("day_shape", cell, "不是日期：请写成 2024-01-31 这样")


def _date(year: str, month: int, number: int, cell: str) -> date:
    full = _full_year(year)
    if full is None:
        raise wrong("day_century", cell, f"里的{year}年不知是哪个世纪：请写全四位年份")
    if not FIRST_YEAR <= full <= LAST_YEAR:
        raise wrong("day_year_range", cell, f"的年份不在{FIRST_YEAR}到{LAST_YEAR}之间")
    try:
        return date(full, month, number)
    except ValueError:
        raise wrong("day_impossible", cell, f"不是日期：没有{full}年{month}月{number}日这一天") from None


def _full_year(year: str) -> int | None:
    """Two digits as Excel reads them; between 30 and 49 its versions differ, so there is no year."""
    number = int(year)
    if len(year) == 4:
        return number
    if 30 <= number < 50:
        return None
    return number + (2000 if number < 30 else 1900)


def _by_serial(number: int, cell: str) -> date:
    """Excel's count of days (since 1900); the one of old Macs (since 1904) can't be told from it."""
    found = _EXCEL_BEGAN + timedelta(number)
    if number < _LEAST_SERIAL or found.year > LAST_YEAR:
        raise wrong("day_shape", cell, "不是日期：请写成 2024-01-31 这样")
    return found


def _by_words(match: re.Match[str], cell: str) -> date:
    year = "".join(str(_DIGITS[digit]) for digit in match[1])
    month, number = _SMALL.get(match[2]), _SMALL.get(match[3])
    if month is None or number is None:
        raise wrong("day_shape", cell, "不是日期：请写成 2024-01-31 这样")
    return _date(year, month, number, cell)


def _month(name: str, cell: str) -> int:
    number = _MONTHS.get(name.lower())
    if number is None:
        raise wrong("day_shape", cell, f"不是日期：没有叫 {name} 的月份")
    return number


def _by_order(match: re.Match[str], order: Order | None, cell: str) -> date:
    if order is not None and order in _orders_of(match):
        year, month, number = _parts(match, order)
        return _date(year, int(month), int(number), cell)
    readings = _readings(match)
    days = sorted(set(readings.values()))
    if len(days) == 1:
        return days[0]
    if not days:
        raise wrong("day_impossible", cell, "不是日期：怎样读都没有这一天")
    raise wrong(
        "day_ambiguous",
        cell,
        f"可能是 {'，也可能是 '.join(map(str, days))}：请写成 2024-01-31 这样，或说明先月还是先日",
    )


def _orders_of(match: re.Match[str]) -> list[Order]:
    """The orders that the number of digits allows: a year has two or four, a month and a day one or two."""
    year_last: list[Order] = ["mdy", "dmy"] if len(match[4]) > 1 else []
    return year_last + (["ymd"] if len(match[1]) == 2 and len(match[4]) < 3 else [])


def _parts(match: re.Match[str], order: Order) -> tuple[str, str, str]:
    """Year, month, day."""
    match order:
        case "mdy":
            return match[4], match[1], match[3]
        case "dmy":
            return match[4], match[3], match[1]
        case "ymd":
            return match[1], match[3], match[4]


def _readings(match: re.Match[str]) -> dict[Order, date]:
    """The days that it can be, by the order that gives them."""
    found: dict[Order, date] = {}
    for order in _orders_of(match):
        year, month, number = _parts(match, order)
        try:
            found[order] = _date(year, int(month), int(number), match[0])
        except Invalid:
            continue
    return found


def _readings_of(text: str) -> dict[Order, date]:
    try:
        timed = _TIMED.fullmatch(written(text))
    except Invalid:
        return {}
    match = _UNCERTAIN.fullmatch(timed["day"]) if timed else None
    return _readings(match) if match else {}


def _in_china(found: date, match: re.Match[str], cell: str) -> date:
    """Checks the time of day, which is else of no interest; with a zone it may move the day."""
    try:
        at = time(int(match["hour"]), int(match["minute"]), int(match["second"] or 0))
    except ValueError:
        raise wrong("day_time", cell, "里的时刻不存在") from None
    half = match["half"] or match["latin"]
    if half and (at.hour > 12 or match["zone"]):
        raise wrong("day_time", cell, "里的时刻不存在")
    if not match["zone"]:
        return found
    hours, minutes = (0, 0) if match["zone"] in "Zz" else (int(match["zone"][:3]), int(match["zone"][-2:]))
    if abs(hours) > 14 or minutes > 59:
        raise wrong("day_time", cell, "里的时区不存在")
    offset = timedelta(hours=hours, minutes=-minutes if match["zone"][0] == "-" else minutes)
    return day_of(datetime.combine(found, at, timezone(offset)))
