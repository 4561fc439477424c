"""Whether the consumer pays a higher rate than the trader for the same kind of breach (违约责任不对等).

民法典 497: 提供格式条款一方不合理地免除或者减轻其责任、加重对方责任. Two rates in one sentence or in two that
follow each other, one after a word for the trader, one after a word for the consumer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

ANCHORS = ("违约金", "滞纳金", "赔偿金")

_TRADER = "出卖人|卖方|开发商|出租人|出租方|经营者|商家|公司|旅行社|机构"
_CONSUMER = "买受人|买方|购房人|承租人|承租方|消费者|业主|顾客|会员|旅游者|学员"
_RATE = r"(?:(?P<rate>[0-9]{1,3}(?:\.[0-9]{1,3})?)(?P<unit>%|‰)|(?P<word>百分之|千分之|万分之)(?P<point>零点)?(?P<digit>[0-9.]{1,5}|[一二三四五六七八九十]))"
_DUTY = re.compile(rf"(?P<who>{_TRADER}|{_CONSUMER})[^。;\n]{{0,40}}?{_RATE}")
_CONSUMERS = frozenset(_CONSUMER.split("|"))
_DIGITS = {character: number for number, character in enumerate("一二三四五六七八九十", 1)}
_PARTS = {"%": 1.0, "‰": 0.1, "百分之": 1.0, "千分之": 0.1, "万分之": 0.01}


def find(text: str, on: date) -> Iterator[tuple[int, int]]:
    """The span from the first duty to the last where the consumer's rate is higher."""
    duties = [(match["who"] in _CONSUMERS, _percent(match), match.span()) for match in _DUTY.finditer(text)]
    traders = [(rate, span) for is_consumer, rate, span in duties if not is_consumer]
    consumers = [(rate, span) for is_consumer, rate, span in duties if is_consumer]
    for (theirs, one), (ours, other) in zip(traders, consumers, strict=False):
        if ours > theirs and abs(one[0] - other[0]) < 120:
            yield min(one[0], other[0]), max(one[1], other[1])


def _percent(match: re.Match[str]) -> float:
    if match["rate"]:
        return float(match["rate"]) * _PARTS[match["unit"]]
    digit = match["digit"]
    value = _DIGITS.get(digit) or _number(digit)
    return value * _PARTS[match["word"]] / (10 if match["point"] else 1)


def _number(digits: str) -> float:
    try:
        return float(digits)
    except ValueError:
        return 0.0
