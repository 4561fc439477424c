"""Chinese names as they are typed (拼音): a syllable without tone for each character.

A character that is read in several ways is read as in its word, at the head of a person's name as a surname,
and otherwise in its usual way. The table is made by `make pinyin`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

_LONGEST_WORD = 3

SURNAMES: Mapping[str, str] = {
    "万俟": "mo qi",
    "长孙": "zhang sun",
    "单于": "chan yu",
    "尉迟": "yu chi",
    "令狐": "ling hu",
    "澹台": "tan tai",
    "单": "shan",
    "曾": "zeng",
    "解": "xie",
    "仇": "qiu",
    "区": "ou",
    "查": "zha",
    "盖": "ge",
    "朴": "piao",
    "任": "ren",
    "覃": "qin",
    "冼": "xian",
    "缪": "miao",
    "翟": "zhai",
    "乐": "yue",
    "佘": "she",
    "折": "she",
    "黑": "he",
    "种": "chong",
    "召": "shao",
    "员": "yun",
    "祭": "zhai",
    "秘": "bi",
    "隗": "wei",
    "幺": "yao",
    "乜": "nie",
    "晁": "chao",
    "沈": "shen",
    "过": "guo",
    "牟": "mou",
    "柏": "bai",
    "郇": "xun",
    "哈": "ha",
    "纪": "ji",
    "尹": "yin",
}
"""Surnames that are read otherwise than the same character elsewhere."""

PLACES: Mapping[str, str] = {"朝阳": "chao yang", "单县": "shan xian"}
"""Words of which the usual reading in a name isn't that of the dictionary."""


class _Table(NamedTuple):
    usual: Mapping[str, str]
    words: Mapping[str, tuple[str, ...]]


@cache
def _table() -> _Table:
    """Read when it is first asked for: most processes never do."""
    text = resources.files(__package__).joinpath("pinyin.txt").read_text("utf-8")
    characters, words = (part.splitlines() for part in text.split("\n\n"))
    usual = {one: reading for reading, _, those in (line.partition(" ") for line in characters) for one in those}
    several = {word: tuple(readings.split()) for word, _, readings in (line.partition(" ") for line in words)}
    return _Table(usual, several | {word: tuple(readings.split()) for word, readings in PLACES.items()})


def syllables(text: str, *, is_person: bool = False) -> list[str]:
    """How each character of a simplified text is read; one that has no reading stands for itself."""
    found: list[str] = []
    if is_person:
        found = next((SURNAMES[text[:size]].split() for size in (2, 1) if text[:size] in SURNAMES), [])
    table = _table()
    while len(found) < len(text):
        place = len(found)
        for size in range(min(_LONGEST_WORD, len(text) - place), 1, -1):
            if word := table.words.get(text[place : place + size]):
                found += word
                break
        else:
            found.append(table.usual.get(text[place], text[place]))
    return found
