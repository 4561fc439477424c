"""Makes the table of how Chinese characters are read.

    make pinyin

The facts come from pypinyin's dictionaries (MIT): the usual reading of every character, without tones, and the
words of two or three characters in which one is read otherwise than by itself. A line is a reading and its
characters; behind an empty line, a line is a word and its readings.
"""

from __future__ import annotations

import sys
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "src/guiju/kernel/reading/pinyin.txt"
BLOCKS = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF))
LONGEST_WORD = 3


def main() -> int:
    try:
        from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
        from pypinyin.contrib.tone_convert import to_normal
    except ImportError:
        print("用 make pinyin 运行：它要装 pypinyin", file=sys.stderr)
        return 2
    usual = {
        chr(code): to_normal(PINYIN_DICT[code].split(",")[0])
        for first, last in BLOCKS
        for code in range(first, last + 1)
        if code in PINYIN_DICT
    }
    by_reading: dict[str, str] = {}
    for character, reading in usual.items():
        by_reading[reading] = by_reading.get(reading, "") + character
    words: dict[str, list[str]] = {}
    for word in sorted(PHRASES_DICT, key=lambda word: (len(word), word)):
        if 2 <= len(word) <= LONGEST_WORD and all(character in usual for character in word):
            readings = [to_normal(one[0]) for one in PHRASES_DICT[word]]
            if readings != _by_shorter(word, usual, words):
                words[word] = readings
    lines = [f"{reading} {characters}" for reading, characters in sorted(by_reading.items())]
    lines += ["", *(f"{word} {' '.join(readings)}" for word, readings in words.items())]
    TABLE.write_text("\n".join(lines) + "\n", "utf-8")
    print(f"{len(usual)} 个字，{len(words)} 个词：{TABLE}")
    return 0


def _by_shorter(word: str, usual: dict[str, str], words: dict[str, list[str]]) -> list[str]:
    """How a word is read by what stands in the table already."""
    found: list[str] = []
    while len(found) < len(word):
        rest = word[len(found) :]
        found += words.get(rest[:2]) or [usual[rest[0]]]
    return found


if __name__ == "__main__":
    sys.exit(main())
