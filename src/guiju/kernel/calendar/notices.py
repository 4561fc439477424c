"""Reading the State Council's yearly notice (关于…年部分节假日安排的通知), and finding where one contradicts itself.

The text is taken as it is published: one paragraph a holiday, days with their weekday in brackets,
the number of days at the end. All of that is checked against the calendar, so that a slip of the
hand is found when it is pasted and not when a deadline is missed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from guiju.kernel.calendar.days import Notice

_DAY = timedelta(days=1)
_WEEKDAYS = "一二三四五六日"

STATUTORY = {"元旦": 1, "春节": 4, "清明节": 1, "劳动节": 2, "端午节": 1, "中秋节": 1, "国庆节": 3}
"""Days off that each year has at least: 《全国年节及纪念日放假办法》 第二条 as of 2025-01-01 (not among the stored statutes)."""
STATUTORY_SINCE = 2025


class BadNotice(ValueError):
    """What is wrong with a notice, a sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("；".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True)
class _Named:
    """One holiday of the text: its paragraph, where the days are."""

    name: str
    text: str


_YEAR = re.compile(r"(20\d\d)\s*年(?:元旦|部分节假日|节假日|[^。\n]{0,40}放假)")
_PARAGRAPH = re.compile(r"(?:^|[\n。；;])\s*(?:[一二三四五六七八九十]+[、.．]|[（(][一二三四五六七八九十][)）])?\s*"
                        rf"((?:{'|'.join(STATUTORY)})(?:[、和](?:{'|'.join(STATUTORY)}))*)\s*[：:]")  # fmt: skip
_DATE = re.compile(
    r"(?:(?P<year>\d{4})年)?(?:(?P<month>\d{1,2})月)?(?P<day>\d{1,2})日"
    r"(?:\s*[（(](?P<note>[^（()）]*)[)）])?"
)
_COUNT = re.compile(r"共\s*(\d{1,2})\s*天")


def read_notice(text: str, *, year: int | None = None) -> Notice:
    """The notice in a text as it is published; `year` where the text doesn't say it. Raises `BadNotice`."""
    text = text.replace("\u3000", " ").replace("～", "至").replace("—", "至")
    found = _YEAR.search(text)
    said = int(found[1]) if found else None
    if said is None and year is None:
        raise BadNotice(["看不出是哪一年的放假安排：请写明年份"])
    if said is not None and year is not None and said != year:
        raise BadNotice([f"文中是{said}年的放假安排，不是{year}年的"])
    year = said or year
    assert year is not None
    problems: list[str] = []
    off: dict[date, str] = {}
    working: dict[date, str] = {}
    for one in _paragraphs(text):
        begin = len(problems)
        days, make_up = _days_of(one, year, problems)
        if not days and len(problems) == begin:
            problems.append(f"{one.name}：看不出放假的日期")
        for day in days:
            if day in off and off[day] != one.name:
                problems.append(f"{_short(day)}既是{off[day]}又是{one.name}")
            off.setdefault(day, one.name)
        working.update(dict.fromkeys(make_up, one.name))
    if not off and not problems:
        problems.append("没有找到放假的日期：请粘贴通知的全文，每个节日一段")
    if problems:
        raise BadNotice(problems)
    notice = Notice(year, off, working)
    if problems := contradictions(notice):
        raise BadNotice(problems)
    return notice


def _paragraphs(text: str) -> Iterator[_Named]:
    starts = list(_PARAGRAPH.finditer(text))
    ends = [*(match.start() for match in starts[1:]), len(text)]
    for match, end in zip(starts, ends, strict=False):
        yield _Named(match[1], text[match.end() : end])


def _days_of(one: _Named, year: int, problems: list[str]) -> tuple[list[date], set[date]]:
    """Days off and make-up days of one paragraph; what doesn't fit is said in `problems`."""
    off: list[date] = []
    working: set[date] = set()
    month = 0
    for sentence in re.split("[。；;\n]", one.text):
        found: list[date] = []
        last_end: int | None = None
        for match in _DATE.finditer(sentence):
            month = int(match["month"] or month)
            day = _date(one, year, month, match, problems)
            if day is None:
                continue
            is_range = last_end is not None and re.fullmatch(r"\s*(?:至|到|-|–)\s*", sentence[last_end : match.start()])
            if is_range and found:
                found += _between(found[-1], day, one, problems)
            found.append(day)
            last_end = match.end()
        if "上班" in sentence:
            working.update(found)
        elif "放假" in sentence or "休息" in sentence or "补休" in sentence:
            off += found
            count = _COUNT.search(sentence)
            if count and found and int(count[1]) != len(set(found)):
                problems.append(f"{one.name}：写着共{count[1]}天，数出来是{len(set(found))}天")
    return off, working


def _date(one: _Named, year: int, month: int, match: re.Match[str], problems: list[str]) -> date | None:
    """The day of a match; the last days of December belong to New Year's Day of the year after."""
    own = int(match["year"]) if match["year"] else year - 1 if one.name.startswith("元旦") and month == 12 else year
    try:
        day = date(own, month, int(match["day"]))
    except ValueError:
        problems.append(f"{one.name}：没有{match[0]}这一天")
        return None
    weekday = re.search("(?:周|星期)([一二三四五六日天])", match["note"] or "")
    if weekday and _WEEKDAYS.index(weekday[1].replace("天", "日")) != day.weekday():
        problems.append(f"{one.name}：{day.year}年{_short(day)}是周{_WEEKDAYS[day.weekday()]}，文中写着{weekday[0]}")
    return day


def _between(first: date, last: date, one: _Named, problems: list[str]) -> list[date]:
    if not 0 < (last - first).days <= 15:
        problems.append(f"{one.name}：{_short(first)}至{_short(last)}不像一次放假")
        return []
    return [first + _DAY * number for number in range(1, (last - first).days)]


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
    for name, least in STATUTORY.items() if notice.year >= STATUTORY_SINCE else ():
        days = [day for day, label in notice.off.items() if name in label]
        if len(days) < least:
            found.append(f"{name}依法放假{least}天，这里只有{len(days)}天" if days else f"没有{name}")
    fixed = {(1, 1): "元旦", (5, 1): "劳动节", (10, 1): "国庆节", (10, 2): "国庆节", (10, 3): "国庆节"}
    for (month, day_of_month), name in fixed.items():
        if date(notice.year, month, day_of_month) not in notice.off and any(name in one for one in notice.off.values()):
            found.append(f"{month}月{day_of_month}日是{name}，这里没有放假")
    return found


def doubts(notice: Notice) -> list[str]:
    """What is unusual and may be a slip all the same; nothing that must not be."""
    moved = sum(day.weekday() < 5 for day in notice.off) - len(notice.working)
    if notice.year >= STATUTORY_SINCE and moved != sum(STATUTORY.values()):
        wanted = sum(STATUTORY.values())
        return [f"放假的工作日比调休上班的多{moved}天，通常是{wanted}天（法定节假日{wanted}天）：请与通知核对"]
    return []


def _short(day: date) -> str:
    return f"{day.month}月{day.day}日"
