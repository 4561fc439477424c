"""What the identifier modules share: a refusal, a find, and one spelling of digits."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_SEPARATORS = dict.fromkeys(map(ord, " \t\r\n-\u00a0\u2009\u200b\u2010\u2011\u2012\u2013\u2014\u3000\ufeff"))


class Invalid(ValueError):
    """The number breaks its standard; `sentence` says how, for the person who typed it."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True)
class Found:
    """A number found in text: `text[start:end]` as it stood, `value` in standard spelling."""

    start: int
    end: int
    value: str


def plain(text: str) -> str:
    """Full-width to half-width, upper case, without the spaces and dashes people type."""
    return unicodedata.normalize("NFKC", text).translate(_SEPARATORS).upper()


def luhn_sum(digits: str) -> int:
    """Weighted sum of ISO/IEC 7812-1 annex B; 0 modulo 10 for a valid number."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total
