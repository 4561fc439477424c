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
from guiju.privacy.fields import Field
from guiju.privacy.masking import HIDDEN, LABELS, shown
from guiju.privacy.terms import Sort

_NUMBERS: tuple[tuple[str, Callable[[str], Iterator[Found]]], ...] = (
    ("id_card", identity_number.find),
    ("bank_card", bank_card.find),
    ("phone", phone.find),
    ("email", email.find),
)
_WORDS = {
    "health": re.compile(
        r"(?<![抗防])过敏(?!原|药|源)|孕妇(?!装|枕|奶粉|照)|怀孕|备孕|流产|哺乳期(?!内衣|文胸)|孕期"
        r"|(?<![抗降])(?:糖尿病|高血压|高血脂|心脏病|冠心病|乙肝|艾滋病?|肺结核|哮喘|癫痫|抑郁症?|焦虑症|脑梗|中风)"
        r"(?!药|仪|医院|专科|门诊|患者教育|防治|日|食品|专用)"
        r"|(?<![抗防])(?:肿瘤|癌症?)(?!医院|科|药|防治|筛查|险)|精神病(?!院|医院|科)|残疾(?!人)|残疾人(?!就业|联合会|保障金|事业)"
        r"|确诊(?!断)|病历(?!本|夹|系统|柜|号码机)|住院(?!部|楼)|做了?手术(?!室|台|服|衣|间|灯|床|器械)|手术史|病史|体检异常|服药|吃药|失眠"
    ),
    "minor": re.compile(
        r"(?:儿子|女儿|孩子|小孩|宝宝|学生|孙子|孙女|外孙女?|弟弟|妹妹)[^。；，,\n]{0,8}?(?<![0-9])(?:1[0-7]|[1-9])(?:周)?岁(?![至到~-])"
        r"|(?:儿子|女儿|孩子|小孩|孙子|孙女|外孙女?)[^。；，,\n]{0,8}?(?:[一二三四五六七八九1-9]年级|[初高][一二三]|幼儿园|小学|初中|高中)"
        r"|(?:上|读|念|在读)(?:幼儿园|小学|初中)|未满十[四八]周?岁|未成年(?:的)?(?:儿子|女儿|孩子|子女)"
    ),
    "religion": re.compile(
        r"信(?:仰|奉)?(?:佛教?|道教|基督教?|天主教?|伊斯兰教)|(?:佛|基督|天主|道)教徒|穆斯林(?!餐|食品|灶)"
    ),
    "face_or_biometric": re.compile(r"(?:人脸|指纹|虹膜|声纹|掌纹|基因)(?:照片|样本|模板|数据|信息|检测结果)"),
    "location": re.compile(
        r"(?:行踪|行动)轨迹|(?:手机|实时|车辆)定位(?:显示|在)|(?:他|她|客户|本人)的?(?:行程轨迹|开房记录|住宿记录)"
    ),
}
"""House lists for the kinds of 个人信息保护法 第二十八条 that have no number: what is said of somebody, not what is traded."""

_CLAUSE_ENDS = re.compile(r"[，。；！？、,;!?\n]")
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

    @property
    def is_word(self) -> bool:
        """Whether it is said in words, which are a question, and not a number, which is certain."""
        return self.category in _WORDS

    @property
    def can_move(self) -> bool:
        """Whether it has a field of its own."""
        return self.must_go or self.category == "health"


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


_LONG_NUMBER = re.compile(r"[0-9０-９](?:[\s-]?[0-9０-９]){9}")


def numbers_in(text: str, *, but: str = "", with_phones: bool = True) -> str:
    """The kinds of numbers that stand where none belongs (身份证、银行卡、手机), in words; a field's own kind may.

    For names, tags, remarks and the like, which show to everybody who sees the record.
    """
    if not _LONG_NUMBER.search(text):
        return ""
    wanted = [*MUST_NOT_STAND, *(["phone"] if with_phones else [])]
    found = dict.fromkeys(spot.label for spot in spots_in(text) if spot.category in wanted and spot.category != but)
    return "、".join(found)


def masked_text(text: str, treat: Callable[[str], Treatment], spots: Iterable[Spot] | None = None) -> str:
    """The text with each number treated as somebody may see its category, and each clause whose words tell what
    they may not see left out."""
    parts, at = [], 0
    for start, end, shown_as in _covers(text, treat, spots_in(text) if spots is None else spots):
        if start >= at:
            parts += [text[at:start], shown_as]
            at = end
    return "".join([*parts, text[at:]])


def _covers(text: str, treat: Callable[[str], Treatment], spots: Iterable[Spot]) -> Iterator[tuple[int, int, str]]:
    """What stands in place of each part of the text; a clause before the numbers in it."""
    found: dict[tuple[int, int], str] = {}
    for spot in spots:
        treatment = treat(spot.category)
        if spot.category not in _WORDS:
            found.setdefault((spot.start, spot.end), shown(spot.category, text[spot.start : spot.end], treatment))
        elif treatment is not Treatment.CLEAR:
            clause = clause_of(text, spot)
            place = clause.start, clause.stop
            if found.get(place) != HIDDEN:
                found[place] = shown(spot.category, text[clause], treatment)
    for start, end in sorted(found, key=lambda one: (one[0], -one[1])):
        yield start, end, found[start, end]


def clause_of(text: str, spot: Spot) -> slice:
    """The part of the sentence in which a spot stands."""
    before = [mark.end() for mark in _CLAUSE_ENDS.finditer(text, 0, spot.start)]
    after = _CLAUSE_ENDS.search(text, spot.end)
    return slice(before[-1] if before else 0, after.start() if after else len(text))


def is_free_text(field: Field) -> bool:
    """Whether anything may stand in a field (自由文字): a text that a company added and that is of no kind of its own."""
    return field.sort in (Sort.TEXT, Sort.LONG_TEXT) and not field.is_built_in and field.category not in LABELS


def as_seen(text: str, treat: Callable[[str], Treatment]) -> tuple[str, str]:
    """A free text as somebody may see it, and the first kind in it that doesn't show in the clear; none where all does."""
    spots = spots_in(text)
    kept_back = next((spot.category for spot in spots if treat(spot.category) is not Treatment.CLEAR), "")
    return (masked_text(text, treat, spots), kept_back) if kept_back else (text, "")


def tells_sensitive(text: str) -> bool:
    """Whether sensitive personal information (个人信息保护法 第二十八条) stands in a text, as far as numbers and words tell."""
    return any(spot.must_go or spot.is_word for spot in spots_in(text))


def masked_in(text: str, treat: Callable[[str], Treatment]) -> set[str]:
    """The categories of which something in the text shows masked, and could be unmasked."""
    return {spot.category for spot in spots_in(text) if treat(spot.category) is Treatment.MASKED and not spot.must_go}


def without_what_must_go(text: str) -> str:
    """The text with the numbers masked that no note may hold."""
    return masked_text(text, lambda category: Treatment.MASKED, [spot for spot in spots_in(text) if spot.must_go])
