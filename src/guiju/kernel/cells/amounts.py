"""Amounts of money in yuan (金额) and counts (数量)."""

from __future__ import annotations

import re
from decimal import Decimal, localcontext

from guiju.kernel.cells.numbers import is_short, number_of, without_capitals
from guiju.kernel.cells.written import written, wrong

MOST = Decimal(10) ** 15
"""Excel keeps fifteen digits; whatever is longer has lost some."""

_MOST_DECIMALS = 15
_PERCENT = re.compile(r"[%‰]|百分之|成$")
_VAGUE = re.compile(
    r"[约近余多几数至到~]|\+$|大概|左右|上下|以上|以下|以内|不足|超过|(?<=[0-9一二三四五六七八九十百千万亿元])[-—–]"
)
_FOREIGN = re.compile(
    r"[$€£₩]|USD|HKD|EUR|JPY|GBP|TWD|MOP|美元|美金|港元|港币|欧元|日元|英镑|韩元|台币|澳门元", re.IGNORECASE
)
_YUAN = re.compile(r"¥|人民币|RMB|CNY", re.IGNORECASE)
_COINS = re.compile(
    r"(.+?)(元?)(?:(?<=元)([1-9一二三四五六七八九])角)?(?:(?<=[元角])零?([1-9一二三四五六七八九])分)?[整正]?"
)


def amount(text: str) -> Decimal:
    """Yuan: 1,234.50, ￥1,234, 1.2万, 3万5, 伍万元整, (1,200.00) for less than nothing."""
    words = without_capitals(written(text))
    if _PERCENT.search(words):
        raise wrong("amount_percent", text, "是比例，不是金额")
    if _FOREIGN.search(words):
        raise wrong("amount_currency", text, "不是人民币：请换算成元")
    if _VAGUE.search(words):
        raise wrong("amount_vague", text, "不是确定的金额：请写成一个数")
    is_negative, words = _signed(_YUAN.sub("", words, count=1).strip())
    with localcontext(prec=60):
        value = _yuan(words, text)
        if value is None:
            raise wrong("amount_shape", text, "不是金额，应像 1234.50 或 1.2万")
        return _checked(-value if is_negative else value, "amount", text)


def count(text: str) -> int:
    """A number of things: 1,234, 12.0, 3万, 十二; nothing below none and no half ones."""
    is_negative, words = _signed(without_capitals(written(text)))
    value = None if _VAGUE.search(words) else number_of(words)
    if value is None:
        raise wrong("count_shape", text, "不是数量：请只写数字，如 12")
    if is_negative and value:
        raise wrong("count_negative", text, "是负数，数量不能小于零")
    whole = _checked(value, "count", text)
    if whole != whole.to_integral_value():
        raise wrong("count_fraction", text, "不是整数")
    return int(whole)


def _signed(words: str) -> tuple[bool, str]:
    """Whether it is less than nothing: by a minus, by 负, or in the brackets of bookkeepers."""
    if match := re.fullmatch(r"\(([^()+-]+)\)", words):
        return True, match[1].strip()
    match = re.fullmatch(r"([-+负]?)(.*)", words, re.DOTALL)
    assert match
    return match[1] in ("-", "负"), match[2].strip()


def _yuan(words: str, text: str) -> Decimal | None:
    match = _COINS.fullmatch(words)
    if match is None:
        return None
    number, yuan, tenths, hundredths = match.groups()
    if yuan and is_short(number.strip()):
        # 三百五元: 350, or 305 with the 零 forgotten.
        raise wrong("amount_vague", text, "可以有两种读法：请写成一个数")
    value = number_of(number.strip())
    for coins, worth in ((tenths, Decimal("0.1")), (hundredths, Decimal("0.01"))):
        if coins and value is not None:
            value += (number_of(coins) or 0) * worth
    return value


def _checked(value: Decimal, kind: str, text: str) -> Decimal:
    """A whole number without an exponent and without zeros after the point; any other as it was written."""
    if abs(value) >= MOST:
        raise wrong(f"{kind}_large", text, "太大：最多15位整数")
    if value == value.to_integral_value():
        return Decimal(int(value))
    if -int(value.as_tuple().exponent) > _MOST_DECIMALS:
        raise wrong(f"{kind}_decimals", text, f"的小数超过{_MOST_DECIMALS}位")
    return value
