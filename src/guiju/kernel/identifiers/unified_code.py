"""Unified social credit code (统一社会信用代码, GB 32100-2015): 18 characters, the last a check.

Layout: registering department (1), kind of organisation (1), region code of the
registering office (6), organisation code with its own check digit (9, GB 11714), check (1).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guiju.kernel.identifiers.found import Found, Invalid, plain

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
"""The 31 characters of GB 32100: no I, O, S, V, Z."""

_VALUES = {character: value for value, character in enumerate(ALPHABET)}
_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
_SHAPE = re.compile(rf"[1-9A-HJ-NP-RT-UW-Y][{ALPHABET}][0-9]{{6}}[{ALPHABET}]{{10}}")
_IN_TEXT = re.compile(rf"(?<![0-9A-Za-z])[1-9A-HJ-NP-RT-UW-Y][{ALPHABET}][0-9]{{6}}[{ALPHABET}]{{10}}(?![0-9A-Za-z])")


def check_character(first_seventeen: str) -> str:
    """The 18th character for the first seventeen (GB 32100-2015, annex A)."""
    total = sum(_VALUES[c] * w for c, w in zip(first_seventeen, _WEIGHTS, strict=True))
    return ALPHABET[-total % 31]


def organisation_check(first_eight: str) -> str:
    """The check character of the organisation code inside (GB 11714-1997)."""
    values = (int(c, 36) for c in first_eight)
    rest = 11 - sum(v * w for v, w in zip(values, _ORGANISATION_WEIGHTS, strict=True)) % 11
    return "X" if rest == 10 else "0" if rest == 11 else str(rest)


def check(text: str) -> str:
    """The code in standard spelling; raises `Invalid` with the reason."""
    code = plain(text)
    if len(code) != 18:
        raise Invalid("unified_code_length", f"统一社会信用代码应为18位，现为{len(code)}位")
    wrong = next((c for c in code if c not in _VALUES), None)
    if wrong is not None:
        raise Invalid(
            "unified_code_character",
            f"统一社会信用代码第{code.index(wrong) + 1}位是“{wrong}”：只用数字和除 I、O、S、V、Z 外的大写字母",
        )
    if not _SHAPE.fullmatch(code):
        raise Invalid("unified_code_shape", "统一社会信用代码第1位不能是0，第3至8位应为数字（登记机关的行政区划代码）")
    if code[17] != check_character(code[:17]):
        raise Invalid(
            "unified_code_check_digit",
            "统一社会信用代码的校验位不符（GB 32100）：请对照营业执照核对各位，尤其是相近的字符",
        )
    return code


def is_valid(text: str) -> bool:
    try:
        check(text)
    except Invalid:
        return False
    return True


def make(region: str, serial: int, *, prefix: str = "91") -> str:
    """A valid code for invented organisations; `serial` picks one of 31**8 organisation codes."""
    body = ""
    for _ in range(8):
        serial, value = divmod(serial, 31)
        body = ALPHABET[value] + body
    first_seventeen = prefix + region + body + organisation_check(body)
    return first_seventeen + check_character(first_seventeen)


def find(text: str) -> Iterator[Found]:
    for match in _IN_TEXT.finditer(text):
        if match[0][17] == check_character(match[0][:17]):
            yield Found(match.start(), match.end(), match[0])


def mask(code: str) -> str:
    """Public by law for companies (企业信息公示), so only the organisation part is hidden."""
    return code[:8] + "*" * 6 + code[14:] if len(code) == 18 else "*" * len(code)
