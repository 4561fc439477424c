"""Figures as people write them (数字): 30%, 百分之三十, 三成, 5万元, 五万, １２．５, 两百, 半."""

from __future__ import annotations

import re

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "○": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_MYRIADS = {"万": 10**4, "亿": 10**8}

CHINESE = "零〇一二两三四五六七八九十百千万亿"
NUMBER = rf"(?:[0-9]{{1,12}}(?:,[0-9]{{3}}){{0,4}}(?:\.[0-9]{{1,6}})?[百千万亿]{{0,2}}|[{CHINESE}]{{1,12}}(?:点[{CHINESE}]{{1,4}})?|半)"
"""A pattern over normalised text; it repeats nothing without end."""

_PLAIN = re.compile(r"([0-9,]+(?:\.[0-9]+)?)([百千万亿]*)")


def figure_of(words: str) -> float | None:
    """The number that the words write, None when they write none ("万千")."""
    if words == "半":
        return 0.5
    if match := _PLAIN.fullmatch(words):
        number = float(match[1].replace(",", ""))
        for unit in match[2]:
            number *= _TENS.get(unit) or _MYRIADS[unit]
        return number
    whole, _, fraction = words.partition("点")
    value = _chinese(whole)
    if value is None or not fraction:
        return value
    decimals = _chinese_digits(fraction)
    return None if decimals is None else value + float(f"0.{decimals}")


def _chinese(words: str) -> float | None:
    if (digits := _chinese_digits(words)) is not None and len(words) > 1:
        return float(digits)
    total, section, digit = 0, 0, None
    for word in words:
        if word in _DIGITS:
            digit = _DIGITS[word]
        elif word in _TENS:
            section += (1 if digit is None else digit) * _TENS[word]
            digit = None
        elif word in _MYRIADS and (section or digit):
            total = (total + section + (digit or 0)) * _MYRIADS[word]
            section, digit = 0, None
        else:
            return None
    if not words or (words[0] in _TENS and words[0] != "十"):
        return None
    return float(total + section + (digit or 0))


def _chinese_digits(words: str) -> str | None:
    """Digits said one by one (二〇二六); None when there is a ten or a hundred among them."""
    if not words or any(word not in _DIGITS for word in words):
        return None
    return "".join(str(_DIGITS[word]) for word in words)
