"""Number plate of a motor vehicle (机动车号牌, GA 36): province, office, five or six characters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guiju.kernel.identifiers.found import Found, Invalid, plain

_PROVINCES = "京津沪渝冀晋辽吉黑苏浙皖闽赣鲁豫鄂湘粤琼川贵云陕甘青蒙桂宁新藏"
_FORM = (
    rf"[{_PROVINCES}][A-HJ-NP-Z][·. ]?(?:[A-HJ-NP-Z0-9]{{4}}[A-HJ-NP-Z0-9挂学警港澳]"
    r"|[A-HJ-K][A-HJ-NP-Z0-9][0-9]{4}|[0-9]{5}[A-HJ-K])"
)
_PLATE = re.compile(_FORM)
_IN_TEXT = re.compile(rf"(?<![\u4e00-\u9fffA-Za-z0-9]){_FORM}(?![A-Za-z0-9])")


def check(text: str) -> str:
    number = plain(text).replace("·", "").replace(".", "")
    if not _PLATE.fullmatch(number):
        raise Invalid("plate_form", "车牌号应为省份简称、发牌机关字母和五位或六位字母数字")
    return number


def find(text: str) -> Iterator[Found]:
    for match in _IN_TEXT.finditer(text):
        yield Found(match.start(), match.end(), check(match[0]))


def mask(number: str) -> str:
    """京A***45: province, office and the last two characters stay."""
    return number[:2] + "*" * (len(number) - 4) + number[-2:] if len(number) >= 7 else "*" * len(number)
