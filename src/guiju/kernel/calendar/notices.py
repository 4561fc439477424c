"""Reading the State Council's yearly notice (关于…年部分节假日安排的通知), and finding where one contradicts itself.

The text is taken as it is published: a paragraph for each holiday, days with their weekday in
brackets, the number of days at the end. All of it is checked against the calendar. What isn't
understood is refused and named: a day read wrongly in silence is a deadline missed a year later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from guiju.kernel.calendar.days import Notice

_DAY = timedelta(days=1)
_WEEKDAYS = "一二三四五六日"
_NUMBERS = {word: number for number, word in enumerate("零一二三四五六七八九十")}

FIRST_YEAR_OF_SEVEN = 2008
"""Since then, every year has all seven holidays."""
STATUTORY = {"元旦": 1, "春节": 4, "清明节": 1, "劳动节": 2, "端午节": 1, "中秋节": 1, "国庆节": 3}
"""Days off that each year has at least: 《全国年节及纪念日放假办法》 第二条 as of 2025-01-01 (not among the stored statutes)."""
STATUTORY_SINCE = 2025


class BadNotice(ValueError):
    """What is wrong with a notice, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = tuple(problems)


_ANY = "|".join(STATUTORY)
_YEARS = (re.compile(r"(20\d\d)年(?:元旦|部分节假日|节假日)"), re.compile(r"(20\d\d)年[^。\n]{0,40}放假"))
"""The title, or what announces the days, before any sentence that only names a year on its way."""
_HEAD = re.compile(
    rf"(?:^|[\n。；])(?:[一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十][)）])?((?:{_ANY})(?:[、和](?:{_ANY}))*)："
)
_LIST = re.compile(r"(?:农历)?(?P<list>(?:(?:\d{4}年)?(?:\d{1,2}月)?\d{1,2}日(?:[（(][^（()）]*[)）])?[、，,和及]?|至|到|[-–—－~～〜])+)")  # fmt: skip
_DATE = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日(?:[（(](?P<note>[^（()）]*)[)）])?"
)
_RANGE, _AND = re.compile(r"至|到|[-–—－~～〜]"), re.compile("[、，,和及]")
_OFF = re.compile(
    r"(?:放假调休|放假|补休|调休)(?:[，,]?(?:与周末连休|不调休|[放休]假|共?(?P<count>\d{1,2}|[一二三四五六七八九十])天))*$"
)
_WORK = re.compile("(?:正常)?(?:上班|补班)$")
_ASIDE = re.compile(
    r"^(?:鼓励|节假日期间|放假期间|请|各地区|为)|^(?:国务院办公厅)?\d{4}年\d{1,2}月\d{1,2}日(?:[（(].*)?$"
)
"""Advice, and the date under the signature: days that say nothing about the calendar."""


@dataclass
class _Reading:
    """One notice while it is read."""

    year: int
    off: dict[date, str] = field(default_factory=dict)
    working: dict[date, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def tell(self, name: str, sentence: str) -> None:
        self.problems.append(f"{name}：{sentence}")


def read_notice(text: str, *, year: int | None = None) -> Notice:
    """The notice in a text as it is published; `year` where the text doesn't say it. Raises `BadNotice`."""
    text = _plain(text)
    found = next((match for pattern in _YEARS if (match := pattern.search(text))), None)
    said = int(found[1]) if found else None
    if said is None and year is None:
        raise BadNotice(["看不出是哪一年的放假安排：请写明年份"])
    if said is not None and year is not None and said != year:
        raise BadNotice([f"文中是{said}年的放假安排，不是{year}年的"])
    reading = _Reading(said or year or 0)
    for name, paragraph in _paragraphs(text):
        _read(reading, name, paragraph)
    if not reading.off and not reading.problems:
        reading.problems.append("没有找到放假的日期：请粘贴通知的全文，每个节日一段")
    notice = Notice(reading.year, reading.off, reading.working)
    if problems := reading.problems or contradictions(notice):
        raise BadNotice(problems)
    return notice


def _plain(text: str) -> str:
    """Half-width digits, no blanks, and lines joined that were broken within a sentence."""
    text = text.translate({ord("０") + digit: str(digit) for digit in range(10)} | {ord(":"): "：", ord(";"): "；"})
    text = re.sub(r"[^\S\n]+|\u3000", "", text.replace("\r\n", "\n").replace("\r", "\n"))
    # A line that ends within a sentence goes on, unless a new heading or the signature follows.
    return _BROKEN.sub("", text)


_BROKEN = re.compile(
    rf"(?<![。；\n])\n+(?![一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十][)）]|{_ANY}|国务院|20\d\d年)"
)


def _paragraphs(text: str) -> Iterator[tuple[str, str]]:
    starts = list(_HEAD.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for match, end in zip(starts, ends, strict=False):
        yield match[1], text[match.end() : end]


def _read(reading: _Reading, name: str, paragraph: str) -> None:
    """The sentences of one holiday: days and 放假, or days and 上班; anything else with a day in it is told."""
    begun, month = len(reading.problems), 0
    has_days = False
    for sentence in filter(None, re.split("[。；\n]", paragraph)):
        if not _DATE.search(sentence) or _ASIDE.search(sentence):
            continue
        match = _LIST.match(sentence)
        rest = sentence[match.end() :] if match else sentence
        is_off, is_work = _OFF.fullmatch(rest), _WORK.fullmatch(rest)
        if match is None or (is_off is None and is_work is None):
            reading.tell(name, f"读不懂“{sentence}”")
            continue
        days, month = _days(reading, name, match["list"], month)
        if is_off and is_off["count"]:
            count = _NUMBERS.get(is_off["count"]) or int(is_off["count"])
            if count != len(days):
                reading.tell(name, f"写着共{is_off['count']}天，数出来是{len(days)}天")
        for day in days:
            if is_off:
                has_days = True
                if reading.off.setdefault(day, name) != name:
                    reading.problems.append(f"{_short(day)}既是{reading.off[day]}又是{name}")
            else:
                reading.working[day] = name
    if not has_days and len(reading.problems) == begun:
        reading.tell(name, "看不出放假的日期")


def _days(reading: _Reading, name: str, text: str, month: int) -> tuple[list[date], int]:
    """The days of a list such as 2月15日（周日）至23日（周一）、28日, and the month it ended in."""
    days: list[date] = []
    between, at = "", 0
    for match in _DATE.finditer(text):
        between, at = text[at : match.start()], match.end()
        if match["month"] is None and not days:
            reading.tell(name, f"“{text}”没有写月份")
            return [], month
        month = int(match["month"] or month)
        day = _date(reading, name, month, match)
        if day is None:
            return [], month
        if _RANGE.search(between) and days:
            if not 0 < (day - days[-1]).days <= 15:
                reading.tell(name, f"{_short(days[-1])}至{_short(day)}不像一次放假")
                return [], month
            days += [days[-1] + _DAY * number for number in range(1, (day - days[-1]).days)]
        elif days and not _AND.search(between):
            reading.tell(name, f"“{text}”的日期之间读不懂")
            return [], month
        days.append(day)
    if text[at:].strip("、，,"):
        reading.tell(name, f"读不懂“{text}”")
    return list(dict.fromkeys(days)), month


def _date(reading: _Reading, name: str, month: int, match: re.Match[str]) -> date | None:
    """The day of a match; the last days of December belong to New Year's Day of the year after."""
    own = reading.year - 1 if name.startswith("元旦") and month == 12 else reading.year
    try:
        day = date(int(match["year"] or own), month, int(match["day"]))
    except ValueError:
        reading.tell(name, f"没有{match[0]}这一天")
        return None
    weekday = re.search("(?:周|星期)([一二三四五六日天])", match["note"] or "")
    if weekday and _WEEKDAYS.index(weekday[1].replace("天", "日")) != day.weekday():
        reading.tell(name, f"{day.year}年{_short(day)}是周{_WEEKDAYS[day.weekday()]}，文中写着{weekday[0]}")
    return day


def contradictions(notice: Notice) -> list[str]:
    """Where a notice can't be right, a sentence each."""
    found: list[str] = []
    for day in sorted(notice.working):
        if day in notice.off:
            found.append(f"{_short(day)}既放假（{notice.off[day]}）又调休上班")
        elif day.weekday() < 5:
            found.append(f"{_short(day)}是周{_WEEKDAYS[day.weekday()]}，本来就上班，不会是调休上班")
    first, last = date(notice.year - 1, 12, 25), date(notice.year, 12, 31)
    found += [
        f"{day.year}年{_short(day)}不在{notice.year}年的放假安排里"
        for day in sorted({*notice.off, *notice.working})
        if not first <= day <= last
    ]
    for name, least in STATUTORY.items() if notice.year >= FIRST_YEAR_OF_SEVEN else ():
        days = [day for day, label in notice.off.items() if name in label]
        if not days:
            found.append(f"没有{name}")
        elif len(days) < least and notice.year >= STATUTORY_SINCE:
            found.append(f"{name}依法放假{least}天，这里只有{len(days)}天")
    fixed = {(1, 1): "元旦", (5, 1): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}
    for (month, day_of_month), name in fixed.items():
        if date(notice.year, month, day_of_month) not in notice.off and any(name in one for one in notice.off.values()):
            found.append(f"{month}月{day_of_month}日是{name}，这里没有放假")
    return found


def doubts(notice: Notice) -> list[str]:
    """What is unusual and may be a slip all the same; nothing that must not be."""
    moved = sum(day.weekday() < 5 for day in notice.off) - len(notice.working)
    usual = sum(STATUTORY.values()) if notice.year >= STATUTORY_SINCE else 11
    if moved == usual:
        return []
    return [f"放假的工作日比调休上班的多{moved}天，通常是{usual}天（法定节假日{usual}天）：请与通知核对"]


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"
