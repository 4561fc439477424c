"""Text as the matchers see it, with the way back to the original.

Full width becomes half width (NFKC), upper case lower, and blanks or ornaments put between two
Chinese characters to slip past a word list fall out.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

_ORNAMENTS = frozenset(" \t\u00a0\u3000\u200b\u200c\u200d\ufeff·•・*＊_~～|｜/／^-—–")


@dataclass(frozen=True)
class Normalised:
    """`text[i]` came from `original[origin[i]]`; `origin` has one entry more, the end."""

    original: str
    text: str
    origin: tuple[int, ...]

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The span of the original behind a non-empty span of the normalised text."""
        return self.origin[start], self.origin[end - 1] + 1


def normalise(original: str) -> Normalised:
    """One pass, linear in the length of the text."""
    characters: list[str] = []
    origin: list[int] = []
    for place, character in enumerate(original):
        for plain in unicodedata.normalize("NFKC", character).lower():
            characters.append(plain)
            origin.append(place)
    keep = _without_ornaments(characters)
    text = "".join(characters[k] for k in keep)
    return Normalised(original, text, (*(origin[k] for k in keep), len(original)))


def _without_ornaments(characters: list[str]) -> list[int]:
    """Indexes that stay: a run of ornaments falls out between two Chinese characters."""
    keep: list[int] = []
    run: list[int] = []
    for k, character in enumerate(characters):
        if character in _ORNAMENTS:
            run.append(k)
            continue
        if run and not (keep and _is_han(characters[keep[-1]]) and _is_han(character)):
            keep += run
        run = []
        keep.append(k)
    return keep + run


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"
