"""Bank card number (银行卡号, GB/T 19584, ISO/IEC 7812): 13 to 19 digits with a Luhn check."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guiju.kernel.identifiers.found import Found, Invalid, luhn_sum, plain

_IN_TEXT = re.compile(r"(?<![0-9A-Za-z.])[3-6][0-9]{3}(?:[ -]?[0-9]{4}){2,3}(?:[ -]?[0-9]{1,3})?(?![0-9A-Za-z])")


def check(text: str) -> str:
    number = plain(text)
    if not number.isascii() or not number.isdigit():
        raise Invalid("bank_card_character", "银行卡号只应有数字")
    if not 13 <= len(number) <= 19:
        raise Invalid("bank_card_length", f"银行卡号应为13至19位，现为{len(number)}位")
    if luhn_sum(number) % 10:
        raise Invalid("bank_card_check_digit", "银行卡号的校验位不符，请核对各位数字")
    return number


def find(text: str) -> Iterator[Found]:
    for match in _IN_TEXT.finditer(text):
        number = plain(match[0])
        if 15 <= len(number) <= 19 and not luhn_sum(number) % 10:
            yield Found(match.start(), match.end(), number)


def mask(number: str) -> str:
    """6222 **** 1234: issuer prefix and last four digits stay."""
    return number[:4] + "*" * (len(number) - 8) + number[-4:] if len(number) >= 13 else "*" * len(number)
