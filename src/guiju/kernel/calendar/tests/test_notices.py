"""The State Council's notice as it is published, and pasted by people."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import date, timedelta
from itertools import groupby

import pytest
from chinese_calendar import constants
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.calendar import DayKind, Notice, WorkCalendar
from guiju.kernel.calendar.days import _NAMES
from guiju.kernel.calendar.notices import BadNotice, doubts, read_notice

DAY = timedelta(days=1)
NOTICE = """国务院办公厅关于2026年部分节假日安排的通知
一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。
二、春节：2月15日（农历腊月二十八、周日）至23日（农历正月初七、周一）放假调休，共9天。2月14日（周六）、2月28日（周六）上班。
三、清明节：4月4日（周六）至6日（周一）放假，共3天。
四、劳动节：5月1日（周五）至5日（周二）放假调休，共5天。5月9日（周六）上班。
五、端午节：6月19日（周五）至21日（周日）放假，共3天。
六、中秋节：9月25日（周五）至27日（周日）放假，共3天。
七、国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。
"""


NOTICE_2025 = """国务院办公厅关于2025年
部分节假日安排的通知
国办发明电〔2024〕12号
各省、自治区、直辖市人民政府，国务院各部委、各直属机构：
　　经党中央、国务院批准，根据2024年11月修订的《全国年节及纪念日放假办法》，自2025年1月1日起，全体公民放假的假日增加2天，其中春节、劳动节各增加1天。据此对放假调休原则作进一步优化完善，除个别特殊情形外，春节自农历除夕起放假调休8天，国庆节自10月1日起放假调休7天，劳动节放假调休5天，元旦、清明节、端午节、中秋节分别放假调休或连休3天（如逢周三则只在当日放假），国庆节放假如逢中秋节则合并放假8天。
　　按照上述原则，现将2025年元旦、春节、清明节、劳动节、端午节、中秋节和国庆节放假调休日期的具体安排通知如下。
　　一、元旦：1月1日（周三）放假1天，不调休。
　　二、春节：1月28日（农历除夕、周二）至2月4日（农历正月初七、周二）放假调休，共8天。1月26日（周日）、2月8日（周六）上班。
　　三、清明节：4月4日（周五）至6日（周日）放假，共3天。
　　四、劳动节：5月1日（周四）至5日（周一）放假调休，共5天。4月27日（周日）上班。
　　五、端午节：5月31日（周六）至6月2日（周一）放假，共3天。
　　六、国庆节、中秋节：10月1日（周三）至8日（周三）放假调休，共8天。9月28日（周日）、10月11日（周六）上班。
　　节假日期间，各地区、各部门要妥善安排好值班和安全、保卫、疫情防控等工作，遇有重大突发事件，要按规定及时报告并妥善处置，确保人民群众祥和平安度过节日假期。
国务院办公厅
2024年11月12日
"""
"""As it was published (gov.cn)."""


def days_of(year: int) -> list[date]:
    return [date(year, 1, 1) + DAY * n for n in range((date(year + 1, 1, 1) - date(year, 1, 1)).days)]


def test_the_notice_of_2026_gives_the_year_that_is_built_in() -> None:
    notice = read_notice(NOTICE)
    read, built_in = WorkCalendar([notice]), WorkCalendar()

    assert notice.year == 2026 and doubts(notice) == []
    assert [day for day in days_of(2026) if read.day(day) != built_in.day(day)] == []


@pytest.mark.parametrize("text", [NOTICE_2025, NOTICE_2025.partition("\n各省")[2]], ids=["whole", "without its title"])
def test_the_notice_of_2025_is_read_as_it_was_published(text: str) -> None:
    notice = read_notice(text)
    read, built_in = WorkCalendar([notice]), WorkCalendar()

    assert notice.year == 2025 and doubts(notice) == []
    assert [day for day in days_of(2025) if read.day(day).kind != built_in.day(day).kind] == []


@pytest.mark.parametrize(
    "words", ["放假1天，不调休", "放假，不调休", "放假一天，不调休", "放假，共1天，不调休", "放假，与周末连休"]
)
def test_the_ways_in_which_a_single_day_off_is_announced(words: str) -> None:
    day = (
        NOTICE.partition("一、元旦：")[0]
        + f"一、元旦：1月1日（周四）{words}。\n"
        + "二、"
        + NOTICE.partition("二、")[2]
    )
    assert date(2026, 1, 1) in read_notice(day).off


def written(year: int) -> str:
    """A notice of a published year, in the form in which they are written."""
    weekday = "一二三四五六日"

    def is_of_the_year(day: date, name: str) -> bool:
        return day.year + (day.month == 12 and name == "New Year's Day") == year

    off = {day: _NAMES[name] for day, name in constants.holidays.items() if is_of_the_year(day, name)}
    if "中秋节" not in off.values():
        # It fell into the week of National Day, and the notice has one heading for both.
        off = {day: name.replace("国庆节", "中秋节、国庆节") for day, name in off.items()}
    lines = [f"关于{year}年部分节假日安排的通知"]
    for name in dict.fromkeys(off.values()):
        mine = sorted(day for day in off if off[day] == name)
        runs = [[day for _, day in run] for _, run in groupby(enumerate(mine), lambda pair: pair[1] - DAY * pair[0])]
        parts = [
            f"{run[0].month}月{run[0].day}日（周{weekday[run[0].weekday()]}）"
            + (f"至{run[-1].month}月{run[-1].day}日（周{weekday[run[-1].weekday()]}）" if len(run) > 1 else "")
            for run in runs
        ]
        made_up = [
            day for day, label in constants.workdays.items() if is_of_the_year(day, label) and _NAMES[label] in name
        ]
        line = f"{name}：{'、'.join(parts)}放假调休，共{len(mine)}天。"
        if made_up:
            line += "、".join(f"{day.month}月{day.day}日" for day in made_up) + "上班。"
        lines.append(line)
    return "\n".join(lines)


@pytest.mark.parametrize("year", [*range(2008, 2015), *range(2016, 2027)])
def test_every_published_year_is_read_back_as_it_is_built_in(year: int) -> None:
    read, built_in = WorkCalendar([read_notice(written(year))]), WorkCalendar()

    for day in days_of(year):
        one, other = read.day(day), built_in.day(day)
        assert (one.kind, one.name.replace("中秋节、国庆节", "国庆节")) == (other.kind, other.name)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("共9天", "共8天", "春节：写着共8天，数出来是9天"),
        ("正月初七、周一", "正月初七、周二", "春节：2026年2月23日是周一，文中写着周二"),
        ("2月28日（周六）", "2月27日", "2月27日是周五，本来就上班，不会是调休上班"),
        ("5月9日（周六）上班", "5月2日（周六）上班", "5月2日既放假（劳动节）又调休上班"),
        ("四、劳动节：5月1日", "四、劳动节：4月31日", "劳动节：没有4月31日（周五）这一天"),
        ("至23日（农历正月初七、周一）", "至3月23日（周一）", "春节：2月15日至3月23日不像一次放假"),
        ("五、端午节", "五、端午", "劳动节：读不懂“五、端午：6月19日（周五）至21日（周日）放假，共3天”"),
        ("2月28日（周六）上班", "2月28日（周六）补课", "春节：读不懂“2月14日（周六）、2月28日（周六）补课”"),
        ("2月28日（周六）上班", "2月28日（周六）不放假", "春节：读不懂“2月14日（周六）、2月28日（周六）不放假”"),
        (
            "至23日（农历",
            "与23日（农历",
            "春节：读不懂“2月15日（农历腊月二十八、周日）与23日（农历正月初七、周一）放假调休，共9天”",
        ),
        ("6月19日（周五）至21日", "19日（周五）至21日", "端午节：“19日（周五）至21日（周日）”没有写月份"),
        ("放假，共3天。\n四", "放假3日。\n四", "清明节：读不懂“4月4日（周六）至6日（周一）放假3日”"),
        ("共7天。9月20日", "共八天。9月20日", "国庆节：写着共八天，数出来是7天"),
        ("一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。\n", "", "没有元旦"),
        (
            "10月1日（周四）至7日（周三）放假调休，共7天",
            "10月2日（周五）至7日（周三）放假调休，共6天",
            "10月1日是国庆节，这里没有放假",
        ),
        ("9月25日（周五）至27日（周日）放假", "10月1日（周四）至3日（周六）放假", "10月1日既是中秋节又是国庆节"),
        (
            "六、中秋节：9月25日（周五）至27日（周日）放假，共3天。",
            "六、中秋节：另行通知。",
            "中秋节：看不出放假的日期",
        ),
    ],
)
def test_a_notice_that_contradicts_itself_is_told_where(old: str, new: str, words: str) -> None:
    assert old in NOTICE
    with pytest.raises(BadNotice) as refused:
        read_notice(NOTICE.replace(old, new))
    assert words in refused.value.problems


def test_a_notice_of_another_year_or_of_none_is_not_taken() -> None:
    with pytest.raises(BadNotice, match="文中是2026年的放假安排，不是2027年的"):
        read_notice(NOTICE, year=2027)
    with pytest.raises(BadNotice, match="看不出是哪一年"):
        read_notice("元旦：1月1日放假，共1天。")
    with pytest.raises(BadNotice, match="没有找到放假的日期"):
        read_notice("", year=2027)


def test_a_make_up_day_too_few_is_doubted_and_not_refused() -> None:
    notice = read_notice(NOTICE.replace("1月4日（周日）上班。", ""))

    assert doubts(notice) == ["放假的工作日比调休上班的多14天，通常是13天（法定节假日13天）：请与通知核对"]


SAME: dict[str, Callable[[str], str]] = {
    "lines broken anywhere": lambda text: text.replace("、2月28日", "、\n2月28日").replace(
        "（周日）上班", "（周日）\n上班"
    ),
    "lines broken after a sentence": lambda text: text.replace("。9月20日", "。\n9月20日").replace(
        "。2月14日", "。\n\n2月14日"
    ),
    "blanks, wide digits, another colon": lambda text: (
        text.replace("2月28日", "2月 28 日")
        .replace("5月9日", "５月９日")
        .replace("元旦：", "元　旦 : ")
        .replace("\n", "\r\n")
    ),
    "another dash": lambda text: text.replace("）至", "）—", 2).replace("）至", "）～", 1),
    "weekdays in other words": lambda text: text.replace("周四", "星期四").replace("周日）上班", "星期天）上班"),
    "advice and a signature": lambda text: (
        text + "鼓励各单位结合带薪年休假等制度落实，实际安排职工在2月13日（周五）休息。\n"
        "节假日期间，各地区、各部门要妥善安排好值班和安全、保卫等工作。\n国务院办公厅\n2025年11月4日\n（此件公开发布）"
    ),
    "without numbers": lambda text: "".join(
        line.partition("、")[2] if line[1] == "、" else line for line in text.splitlines(True)
    ),
}


@pytest.mark.parametrize("change", SAME.values(), ids=SAME)
def test_the_same_notice_in_other_dress_is_the_same(change: Callable[[str], str]) -> None:
    assert change(NOTICE) != NOTICE
    assert read_notice(change(NOTICE)) == read_notice(NOTICE)


def test_a_paste_of_blank_lines_comes_to_an_end() -> None:
    """A pattern that tries every split of them would take hours."""
    with pytest.raises(BadNotice):
        read_notice("2027年节假日" + "\n \t" * 6000 + "。" * 2000)


def test_new_years_day_reaches_into_the_year_before() -> None:
    text = (
        NOTICE.replace("2026", "2028")
        .split("二、")[0]
        .replace(
            "1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。",
            "12月31日至1月2日放假，共3天。12月26日上班。",
        )
    )
    with pytest.raises(BadNotice) as refused:
        read_notice(text)
    assert refused.value.problems == tuple(
        f"没有{name}" for name in ("春节", "清明节", "劳动节", "端午节", "中秋节", "国庆节")
    )
    joined = Notice(2028, {date(2027, 12, 31): "元旦"}, {date(2027, 12, 26): "元旦"})
    assert WorkCalendar([joined]).day(date(2027, 12, 31)).kind is DayKind.HOLIDAY
    assert WorkCalendar([joined]).day(date(2027, 12, 26)).kind is DayKind.MAKE_UP


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                [
                    "春节：",
                    "元旦",
                    "国庆节：",
                    "1月",
                    "99日",
                    "2月30日",
                    "至",
                    "、",
                    "（周六）",
                    "上班。",
                    "放假",
                    "共3天",
                    "2027年",
                    "\n",
                ]
            ),
            st.text(max_size=5),
        ),
        max_size=30,
    ),
    st.sampled_from([None, 2026, 2027]),
)
def test_whatever_is_pasted_is_read_or_told(parts: list[str], year: int | None) -> None:
    with suppress(BadNotice):
        read_notice("".join(parts), year=year)
