"""Personal information in free text (自由文字里的个人信息): found, masked as the matrix says, or kept out.

Numbers with a check digit are certain; words about health and about children are a question to whoever
writes them. What must not stand in a note in the clear is masked in it or moved to its field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from guiju.kernel.identifiers import bank_card, email, identity_number, phone
from guiju.kernel.identifiers.found import Found
from guiju.organisations.registry import Treatment
from guiju.privacy.masking import LABELS, shown

_NUMBERS: tuple[tuple[str, Callable[[str], Iterator[Found]]], ...] = (
    ("id_card", identity_number.find),
    ("bank_card", bank_card.find),
    ("phone", phone.find),
    ("email", email.find),
)
_WORDS = {
    "health": re.compile(
        r"过敏|孕妇|怀孕|备孕|哺乳期|糖尿病|高血压|心脏病|冠心病|癌|肿瘤|抑郁|焦虑症|乙肝|艾滋|哮喘|癫痫|精神病|残疾|确诊|病历|住院|手术史|病史|体检异常"
    ),
    "minor": re.compile(
        r"(?:儿子|女儿|孩子|小孩|宝宝|学生|孙子|孙女|外孙)[^。；\n]{0,12}?(?:1[0-7]|[1-9])(?:周)?岁|(?:小学|初中|幼儿园)[^。；\n]{0,6}?年级?|上幼儿园"
    ),
    "religion": re.compile(r"信(?:仰)?(?:佛教|道教|基督教|天主教|伊斯兰教)|(?:佛|基督|天主)教徒|穆斯林"),
}
MUST_NOT_STAND = frozenset({"id_card", "bank_card"})
"""What a note never holds in the clear: it has a field of its own."""


@dataclass(frozen=True)
class Spot:
    """A place of a text where personal information stands: `text[start:end]`, its category and the value."""

    start: int
    end: int
    category: str
    value: str

    @property
    def label(self) -> str:
        return LABELS[self.category]

    @property
    def must_go(self) -> bool:
        return self.category in MUST_NOT_STAND


def spots_in(text: str) -> list[Spot]:
    """Everything that is found, in its order; what overlaps with an earlier kind counts once."""
    found: list[Spot] = []
    taken = bytearray(len(text))
    for category, find in _NUMBERS:
        for one in find(text):
            if not any(taken[one.start : one.end]):
                taken[one.start : one.end] = b"\1" * (one.end - one.start)
                found.append(Spot(one.start, one.end, category, one.value))
    for category, pattern in _WORDS.items():
        found += [Spot(match.start(), match.end(), category, match[0]) for match in pattern.finditer(text)]
    return sorted(found, key=lambda spot: (spot.start, spot.end))


def masked_text(text: str, treat: Callable[[str], Treatment], spots: Iterable[Spot] | None = None) -> str:
    """The text with each number treated as somebody may see its category; words stay."""
    parts, at = [], 0
    for spot in spots_in(text) if spots is None else spots:
        if spot.category in _WORDS or spot.start < at:
            continue
        parts += [text[at : spot.start], shown(spot.category, text[spot.start : spot.end], treat(spot.category))]
        at = spot.end
    return "".join([*parts, text[at:]])


def without_what_must_go(text: str) -> str:
    """The text with the numbers masked that no note may hold."""
    return masked_text(text, lambda category: Treatment.MASKED, [spot for spot in spots_in(text) if spot.must_go])
