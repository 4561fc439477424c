"""Passports and the permit of residents of Hong Kong and Macao (护照号码、回乡证号码).

Ordinary passports: E with eight digits, E with a letter and seven digits, G with eight; diplomatic, service
and public affairs ones: DE, SE, PE with seven. The permit: H or M with eight or ten digits.
Neither carries a check digit outside its machine readable zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from guiju.kernel.identifiers.found import Found, Invalid, plain

_FORM = r"(?:E[0-9A-HJ-NP-Z][0-9]{7}|G[0-9]{8}|[DSP]E[0-9]{7}|[HM](?:[0-9]{10}|[0-9]{8}))"
_DOCUMENT = re.compile(_FORM)
_IN_TEXT = re.compile(rf"(?<![A-Za-z0-9]){_FORM}(?![A-Za-z0-9])")


def check(text: str) -> str:
    number = plain(text)
    if not _DOCUMENT.fullmatch(number):
        raise Invalid("travel_document_form", "不是护照或者港澳居民来往内地通行证的号码")
    return number


def find(text: str) -> Iterator[Found]:
    for match in _IN_TEXT.finditer(text):
        yield Found(match.start(), match.end(), match[0])


def mask(number: str) -> str:
    """E12****78: the first three and the last two characters stay."""
    return number[:3] + "*" * (len(number) - 5) + number[-2:] if len(number) >= 9 else "*" * len(number)
