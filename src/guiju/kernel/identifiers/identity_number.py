"""Citizen identity number (公民身份号码, GB 11643-1999): region, birthday, sequence, check.

The region is that of the first registration and may have been abolished since, so only the
province is checked against today's list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from guiju.kernel.identifiers.found import Found, Invalid, plain

_WEIGHTS = tuple(pow(2, place, 11) for place in range(17, 0, -1))
_CHECKS = "10X98765432"
_PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)
_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])[1-8][0-9]{5}(?:18|19|20)[0-9]{9}[0-9Xx](?![0-9A-Za-z])")


def check_character(first_seventeen: str) -> str:
    """ISO 7064 MOD 11-2 as GB 11643 writes it."""
    return _CHECKS[sum(int(c) * w for c, w in zip(first_seventeen, _WEIGHTS, strict=True)) % 11]


def birthday_of(number: str) -> date:
    """The date in digits 7 to 14; raises `Invalid` when there is no such day."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        raise Invalid("identity_number_birthday", "公民身份号码第7至14位不是一个存在的日期") from None


def check(text: str) -> str:
    number = plain(text)
    if len(number) != 18:
        raise Invalid("identity_number_length", f"公民身份号码应为18位，现为{len(number)}位")
    if not (number[:17].isascii() and number[:17].isdigit() and number[17] in _CHECKS):
        raise Invalid("identity_number_character", "公民身份号码前17位应为数字，末位为数字或 X")
    if number[:2] not in _PROVINCES:
        raise Invalid("identity_number_region", f"公民身份号码以 {number[:2]} 开头：没有这个省级区划")
    birthday_of(number)
    if number[17] != check_character(number[:17]):
        raise Invalid("identity_number_check_digit", "公民身份号码的校验位不符（GB 11643），请核对各位数字")
    return number


def find(text: str) -> Iterator[Found]:
    for match in _IN_TEXT.finditer(text):
        try:
            yield Found(match.start(), match.end(), check(match[0]))
        except Invalid:
            continue


def mask(number: str) -> str:
    """110***********1234: province and the last four characters stay."""
    return number[:3] + "*" * 11 + number[-4:] if len(number) == 18 else "*" * len(number)
