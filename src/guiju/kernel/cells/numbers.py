"""Numbers as cells hold them: 1,234.50, 1.2万, 3万5, 五万, 壹仟贰佰, 1.2E+5.

Stricter than guiju.kernel.rules.figures, which looks for figures in running text: what has more than
one reading, or breaks the order of the units, is no number here.
"""

from __future__ import annotations

import re
from decimal import Decimal

_PLAIN = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]*)?|\.[0-9]+")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E[+-]?[0-9]{1,2}", re.IGNORECASE)
_UNITS = {
    "万亿": 10**12,
    "亿": 10**8,
    "千万": 10**7,
    "百万": 10**6,
    "十万": 10**5,
    "万": 10**4,
    "千": 10**3,
    "百": 10**2,
}
_UNIT = "|".join(_UNITS)
_PART = re.compile(rf"([0-9][0-9,]*(?:\.[0-9]+)?) ?({_UNIT})")

_DIGITS = "零一二三四五六七八九"
_CAPITAL = str.maketrans("壹贰貳叁參肆伍陆陸柒捌玖拾佰仟萬億圆〇两", "一二二三三四五六六七八九十百千万亿元零二")
_D = "[一二三四五六七八九]"
_BELOW_MYRIAD = re.compile(rf"零?(?:({_D})千)?零?(?:({_D})百)?零?(?:({_D}?)(十))?零?({_D}?)")
_SECTIONS = re.compile(r"(?:([^万亿]+)亿)?(?:([^万亿]+)万)?([^万亿]*)")
_FRACTION = re.compile(rf"([^点]+)点([{_DIGITS}]{{1,6}})({_UNIT})?")
_SHORT = re.compile(rf"(.*({_UNIT}))({_D})")


def number_of(words: str) -> Decimal | None:
    """The number that the words write without a doubt, None when they write none. The sign is left to the caller."""
    if _PLAIN.fullmatch(words) or _SCIENTIFIC.fullmatch(words):
        return Decimal(words.replace(",", ""))
    return _with_units(words) if words[:1].isdecimal() else _chinese(words)


def without_capitals(words: str) -> str:
    """The figures of cheques and contracts (大写) as everyday ones: 壹仟贰佰圆 is 一千二百元."""
    return words.translate(_CAPITAL)


def is_short(words: str) -> bool:
    """Whether the last unit is left out, as in 3万5 and 三百五."""
    return bool(re.fullmatch(rf".*(?:{_UNIT})[1-9]", words) or _SHORT.fullmatch(words))


def _with_units(words: str) -> Decimal | None:
    """Digits with units that become smaller: 1亿2000万, 3万5千, 3万5000, 3万5."""
    total, last, place, is_whole = Decimal(0), 0, 0, True
    while match := _PART.match(words, place):
        if not _PLAIN.fullmatch(match[1]):
            return None
        unit = _UNITS[match[2]]
        value = Decimal(match[1].replace(",", "")) * unit
        if last and not (is_whole and value < last):
            return None
        total, last, place, is_whole = total + value, unit, match.end(), "." not in match[1]
    rest = words[place:]
    if not last or not rest:
        return total if last else None
    if not is_whole or not re.fullmatch("[0-9]+", rest):
        return None
    if len(rest) == 1 and rest != "0":
        return total + int(rest) * last // 10
    return total + int(rest) if len(rest) == len(str(last)) - 1 else None


def _chinese(words: str) -> Decimal | None:
    words = without_capitals(words)
    if match := _FRACTION.fullmatch(words):
        whole = _whole(match[1])
        decimals = "".join(str(_DIGITS.index(digit)) for digit in match[2])
        return None if whole is None else Decimal(f"{whole}.{decimals}") * _UNITS.get(match[3], 1)
    if match := _SHORT.fullmatch(words):
        whole = _whole(match[1])
        return None if whole is None else Decimal(whole + _DIGITS.index(match[3]) * _UNITS[match[2]] // 10)
    whole = _whole(words)
    return None if whole is None else Decimal(whole)


def _whole(words: str) -> int | None:
    match = _SECTIONS.fullmatch(words)
    if not match or not words:
        return None
    total = 0
    for section, unit in zip(match.groups(), (10**8, 10**4, 1), strict=True):
        value = _below_myriad(section) if section else 0
        if value is None:
            return None
        total += value * unit
    return total


def _below_myriad(words: str) -> int | None:
    match = _BELOW_MYRIAD.fullmatch(words)
    if not match:
        return None
    thousands, hundreds, tens, ten, ones = match.groups()
    return sum(
        _DIGITS.index(digit) * unit
        for digit, unit in (
            (thousands or "零", 1000),
            (hundreds or "零", 100),
            (tens or ("一" if ten else "零"), 10),
            (ones or "零", 1),
        )
    )
