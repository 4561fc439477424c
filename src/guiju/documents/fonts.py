"""The fonts that documents are set in, and which letters they have.

Noto Serif SC and Noto Sans SC (SIL Open Font License) come as a package; a company with names beyond
their 31,000 letters puts further fonts into the folder `fonts` of its data folder.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_zh_cn
from fontTools.ttLib import TTCollection, TTFont, TTLibError

BUILT_IN = Path(pylopdf_fonts_zh_cn.__file__).parent
MISSING = "〓"
"""What stands for a letter that no font has: the mark that printers set for one that isn't in the case."""

_NO_LETTERS = frozenset({"Cc", "Cf", "Cs"})
_SUFFIXES = (".otf", ".ttf", ".ttc", ".otc")


def font_folders(more: Path | None) -> list[Path]:
    return [BUILT_IN, *([more] if more is not None and more.is_dir() else [])]


def families(more: Path | None) -> list[str]:
    """The names of further fonts, to be tried for letters that the built-in ones lack."""
    return sorted({name for path in _files(more) for name in _read(path, path.stat().st_mtime_ns)[0]})


def printable(text: str) -> str:
    """The text without what is no letter: controls and marks of direction go, every blank is one that fonts have."""
    kept = (one for one in text if one == "\n" or one.isspace() or unicodedata.category(one) not in _NO_LETTERS)
    return "".join(one if one in "\n \u3000" or not one.isspace() else " " for one in kept)


def without_missing(text: str, more: Path | None) -> tuple[str, list[str]]:
    """The text with `MISSING` in place of letters that no font has, and those letters."""
    known = _letters(BUILT_IN, 0)
    lost = {one for one in text if ord(one) > 0x7F and one not in known and not one.isspace()}
    for path in _files(more):
        lost -= _read(path, path.stat().st_mtime_ns)[1]
    if not lost:
        return text, []
    return "".join(MISSING if one in lost else one for one in text), sorted(lost)


@lru_cache(maxsize=4)
def _letters(folder: Path, _stamp: int) -> frozenset[str]:
    """The letters that all fonts of a folder have: a text may be set in any of them."""
    found = [_read(path, 0)[1] for path in _files(folder)]
    return frozenset.intersection(*found)


def _files(folder: Path | None) -> Iterable[Path]:
    if folder is None or not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)


@lru_cache(maxsize=64)
def _read(path: Path, _stamp: int) -> tuple[tuple[str, ...], frozenset[str]]:
    """Names and letters of a font file; one that can't be read has none."""
    try:
        with path.open("rb") as file:
            is_many = path.suffix.lower() in (".ttc", ".otc")
            fonts = list(TTCollection(file, lazy=True).fonts) if is_many else [TTFont(file, lazy=True)]
            names = tuple(str(font["name"].getBestFamilyName()) for font in fonts)
            letters = frozenset(chr(code) for font in fonts for code in (font.getBestCmap() or {}))
    except (TTLibError, OSError, KeyError, ValueError, AssertionError):
        return (), frozenset()
    return names, letters
