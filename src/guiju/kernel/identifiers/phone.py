"""Mainland mobile number (手机号码, E.164 +86, 电信网编号计划): 11 digits, 13 to 19 first."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guiju.kernel.identifiers.found import Found, Invalid, plain

_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_IN_TEXT = re.compile(r"(?<![0-9A-Za-z])(?:\+?86[ -]?)?(1[3-9][0-9])([ -]?)([0-9]{4})\2([0-9]{4})(?![0-9])")


def check(text: str) -> str:
    """Eleven digits; a country code +86, 0086 or 86 and separators are taken off."""
    number = plain(text)
    for prefix in ("+86", "0086", "86"):
        rest = number.removeprefix(prefix)
        if rest != number and len(rest) == 11:
            number = rest
            break
    if not number.isascii() or not number.isdigit():
        raise Invalid("phone_character", "手机号码只应有数字")
    if len(number) != 11:
        raise Invalid("phone_length", f"手机号码应为11位，现为{len(number)}位")
    if not _MOBILE.fullmatch(number):
        raise Invalid("phone_segment", f"没有以 {number[:3]} 开头的手机号段")
    return number


def find(text: str) -> Iterator[Found]:
    for match in _IN_TEXT.finditer(text):
        yield Found(match.start(), match.end(), match[1] + match[3] + match[4])


def mask(number: str) -> str:
    """138****1234: the segment and the last four digits stay."""
    return number[:3] + "****" + number[-4:] if len(number) == 11 else "*" * len(number)
