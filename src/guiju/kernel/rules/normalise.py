"""Text as the matchers see it, with the way back to the original (归一化).

Full width becomes half width, capitals small, traditional characters simplified, circled and other
digits plain; invisible characters fall out, so does what is put between two Chinese characters to
slip past a word list; of a character written three times or more one stays.

Most texts need only characters replaced one for one: then places are the same and the text takes
one pass in C. Only a text with something to expand or drop is walked through.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib import resources

_COMPATIBLE = (
    *range(0x00A0, 0x0100),
    *range(0x2000, 0x2070),
    *range(0x2070, 0x20A0),
    *range(0x2100, 0x2190),
    *range(0x2460, 0x2500),
    *range(0x2E80, 0x2FE0),
    *range(0x3000, 0x3040),
    *range(0x3200, 0x3400),
    *range(0xF900, 0xFB07),
    *range(0xFE10, 0xFE70),
    *range(0xFF01, 0xFFEF),
    *range(0x1D400, 0x1D800),
    *range(0x1F100, 0x1F1E6),
)
"""Where characters have another character as their plain form (NFKC)."""

_INVISIBLE = (
    *range(0x00, 0x09),
    0x0B,
    0x0C,
    *range(0x0E, 0x20),
    0x7F,
    0xAD,
    0x180E,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
    0xFEFF,
)

_LOOKALIKES = {ord("袪"): "祛", ord("徳"): "德", ord("汙"): "污"}
"""Characters that are written for another: a slip of the pen, or on purpose."""

_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_SEPARATORS = "\n\r—,。;!?:、()《》〈〉“”‘’\"'【】\\[\\]<>{}「」『』%￥$…+="
"""Marks that keep words apart; any other mark between two Chinese characters is an ornament."""


def _one_for_one() -> dict[int, str]:
    table: dict[int, str] = {}
    for code in _COMPATIBLE:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        if len(plain) == 1 and plain != chr(code):
            table[code] = plain
    table |= {code: chr(code).lower() for code in range(ord("A"), ord("Z") + 1)}
    table |= dict.fromkeys(map(ord, "\t\u00a0\u3000\u2028\u2029\u0085"), " ") | {ord("｡"): "。", ord("\r"): "\n"}
    traditional, simplified = (
        resources.files(__package__).joinpath("traditional.txt").read_text("utf-8").split("\n")[:2]
    )
    return table | dict(zip(map(ord, traditional), simplified, strict=True)) | _LOOKALIKES


def _one_for_many(table: dict[int, str]) -> dict[str, str]:
    several = {}
    for code in _COMPATIBLE:
        plain = unicodedata.normalize("NFKC", chr(code)).lower()
        if len(plain) != 1 and code not in table and chr(code) != "…":
            several[chr(code)] = plain.translate(table)
    return several


_TABLE = _one_for_one()
_PLAIN = [ord(_TABLE[code]) if code in _TABLE else code for code in range(0x10000)]
"""A list is looked up twice as fast as a mapping; characters beyond it stay as they are."""
_EXPANDS = _one_for_many(_TABLE)
_DROPS = frozenset(map(chr, _INVISIBLE))
_ODD = re.compile(rf"[^0-9a-z{_HAN}{_SEPARATORS}]")
"""A text without such a character has nothing to expand or drop but repeated characters."""
_MARK = rf"[^0-9a-z{_HAN}{_SEPARATORS}]"
_DISTURBED = re.compile(rf"[{re.escape(''.join((*_EXPANDS, *sorted(_DROPS))))}]|[{_HAN}]{_MARK}{{1,8}}(?=[{_HAN}])")
_ORNAMENT = re.compile(rf"(?<=[{_HAN}]){_MARK}{{1,8}}(?=[{_HAN}])")
_IS_HAN = re.compile(rf"[{_HAN}]")
_REPEATED = re.compile(rf"([{_HAN}])\1\1{{1,64}}")


class Normalised:
    """`text[i]` came from `original[origin[i]]`; an `origin` of None says that places are the same."""

    __slots__ = ("_origin", "original", "text")

    def __init__(self, original: str, text: str, origin: Sequence[int] | None) -> None:
        self.original = original
        self.text = text
        self._origin = origin

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original behind a non-empty span of the normalised text."""
        if self._origin is None:
            return start, end
        return self._origin[start], self._origin[end - 1] + 1


def normalise(original: str, *, keep_repeats: bool = False) -> Normalised:
    """One pass, linear in the length of the text.

    With `keep_repeats` a character written three times stays so, unless something else is to mend:
    who looks for `repeated` words anyway asks again when one is found.
    """
    text = original.translate(_PLAIN)
    if _ODD.search(text) is None:
        is_plain = keep_repeats or _REPEATED.search(text) is None
    else:
        is_plain = _DISTURBED.search(text) is None and (keep_repeats or _REPEATED.search(text) is None)
    return Normalised(original, text, None) if is_plain else _walked(original, text)


def simplified(text: str) -> str:
    """A name as it is compared: full width as half, no case, traditional characters as their simplified form."""
    return unicodedata.normalize("NFKC", text).lower().translate(_PLAIN)


def repeated(words: Iterable[str]) -> set[str]:
    """Each Chinese character of the words three times over: what hides a word by repetition holds one."""
    return {character * 3 for word in words for character in word if _IS_HAN.match(character)}


def plain(words: str) -> str:
    """Words of a rule in the form that the matchers see."""
    return normalise(words).text


def _walked(original: str, text: str) -> Normalised:
    characters: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(text):
        if character in _DROPS:
            continue
        for one in _EXPANDS.get(character, character):
            characters.append(one)
            origin.append(place)
    for superfluous in (_ORNAMENT, _REPEATED):
        characters, origin = _without(superfluous, characters, origin)
    return Normalised(original, "".join(characters), origin)


def _without(superfluous: re.Pattern[str], characters: list[str], origin: list[int]) -> tuple[list[str], list[int]]:
    """The text without what matches; of a repeated character the first stays."""
    kept_characters: list[str] = []
    kept_origin: list[int] = []
    at = 0
    for match in superfluous.finditer("".join(characters)):
        until = match.end(1) if match.re.groups else match.start()
        kept_characters += characters[at:until]
        kept_origin += origin[at:until]
        at = match.end()
    return kept_characters + characters[at:], kept_origin + origin[at:]
