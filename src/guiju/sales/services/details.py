"""What is typed about an opportunity is checked before it is kept: its texts are scanned as notes are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Problem
from guiju.privacy.scanning import spots_in
from guiju.sales.selectors.filtering import sources

LONGEST_NAME, LONGEST_TEXT = 100, 200
MOST = Decimal("999999999999.99")
_EARLIEST = date(2000, 1, 1)
_YEARS_AHEAD = 10


@dataclass(frozen=True)
class Details:
    """An opportunity as it was typed."""

    name: str
    amount: Decimal | None = None
    expected_on: date | None = None
    source: str = ""
    next_step: str = ""
    next_on: date | None = None


def one_line(text: str) -> str:
    return " ".join(text.split())


def problems_of_details(details: Details, at: datetime, *, next_was: date | None = None) -> list[Problem]:
    """Everything that is wrong, so that nobody mends field by field; a next day that stays may lie behind."""
    problems = []
    if not one_line(details.name):
        problems.append(Problem("name_empty", "请填写商机名称", "name"))
    problems += problems_of_text(details.name, "商机名称", "name", LONGEST_NAME)
    problems += problems_of_text(details.next_step, "下一步", "next_step", LONGEST_TEXT)
    problems += problems_of_amount(details.amount)
    problems += problems_of_day(details.expected_on, "预计成交日期", "expected_on", at)
    problems += problems_of_day(details.next_on, "下一步日期", "next_on", at)
    if details.next_on is not None and details.next_on != next_was and _EARLIEST <= details.next_on < day_of(at):
        problems.append(Problem("next_past", "下一步的日期已经过去", "next_on"))
    if details.source and details.source not in sources():
        problems.append(Problem("source_unknown", f"来源可填：{'、'.join(sources().values())}", "source"))
    return problems


def problems_of_text(text: str, label: str, field: str, longest: int) -> list[Problem]:
    text = one_line(text)
    if len(text) > longest:
        return [Problem("text_long", f"{label}有{len(text)}个字，最多{longest}个", field)]
    if not text.isprintable():
        return [Problem("text_characters", f"{label}里有看不见的控制字符，请重新输入", field)]
    if kinds := "、".join(dict.fromkeys(spot.label for spot in spots_in(text) if spot.must_go)):
        sentence = f"{label}里有{kinds}的号码：请删去，写进客户自己的字段（个人信息保护法第二十八条）"
        return [Problem("text_sensitive", sentence, field)]
    return []


def problems_of_amount(amount: Decimal | None) -> list[Problem]:
    if amount is None:
        return []
    if not amount.is_finite():
        return [Problem("amount_shape", "金额不是数：请填写元，例如 12800 或 1.28万", "amount")]
    if amount < 0:
        return [Problem("amount_negative", "金额不能小于零", "amount")]
    if amount > MOST:
        return [Problem("amount_large", "金额太大：最多12位整数", "amount")]
    if amount != round(amount, 2):
        return [Problem("amount_decimals", "金额最多到分（两位小数）", "amount")]
    return []


def problems_of_day(day: date | None, label: str, field: str, at: datetime) -> list[Problem]:
    if day is None:
        return []
    last = date(day_of(at).year + _YEARS_AHEAD, 12, 31)
    if not _EARLIEST <= day <= last:
        return [Problem("day_range", f"{label}要在{_EARLIEST:%Y-%m-%d}到{last:%Y-%m-%d}之间", field)]
    return []
