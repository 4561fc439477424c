"""The fonts that documents are set in, and which letters they have.

Noto Serif SC and Noto Sans SC (SIL Open Font License) come as a package; a company with names beyond
their 31,000 letters puts further fonts into the folder `fonts` of its data folder.
"""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache
from itertools import chain
from pathlib import Path

import pylopdf_fonts_zh_cn
from fontTools.ttLib import TTCollection, TTFont

_log = logging.getLogger("guiju.documents")

BUILT_IN = Path(pylopdf_fonts_zh_cn.__file__).parent
MISSING = "〓"
"""What stands for a letter that no font has: the mark that printers set for one that isn't in the case."""

_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
_NO_LETTERS = frozenset({"Cc", "Cf", "Cs"})
_SUFFIXES = (".otf", ".ttf", ".ttc", ".otc")
State = tuple[tuple[Path, tuple[int, int]], ...]


def font_folders(more: Path | None) -> list[Path]:
    return [BUILT_IN, *([more] if more is not None and more.is_dir() else [])]


def state_of(folder: Path | None) -> State:
    """The fonts of a folder, each with its last change and size: what was read from them holds as long as this."""
    if folder is None or not folder.is_dir():
        return ()
    found = [(path, path.stat()) for path in sorted(folder.iterdir()) if path.suffix.lower() in _SUFFIXES]
    return tuple((path, (stat.st_mtime_ns, stat.st_size)) for path, stat in found)


def families(more: Path | None) -> list[str]:
    """The names of further fonts, to be tried for letters that the built-in ones lack."""
    return sorted({name for path, stamp in state_of(more) for name in _read(path, stamp)[0]})


def printable(text: str) -> str:
    """The text without what is no letter: controls and marks of direction go, every blank is one that fonts have."""
    kept = (one for one in text if one == "\n" or one.isspace() or unicodedata.category(one) not in _NO_LETTERS)
    return "".join(one if one in "\n \u3000" or not one.isspace() else " " for one in kept)


def without_missing(text: str, more: Path | None) -> tuple[str, list[str]]:
    """The text with `MISSING` in place of letters that no font has, and those letters.

    A variation selector (U+FE00…, U+E0100…) only chooses a form of the letter before it: it goes where no font has it.
    """
    known = _letters_of_all(BUILT_IN)
    lost = {one for one in text if ord(one) > 0x7F and one not in known and not one.isspace()}
    for path, stamp in state_of(more):
        lost -= _read(path, stamp)[1]
    if not lost:
        return text, []
    kept = (one for one in text if not (one in lost and _SELECTORS.match(one)))
    return "".join(MISSING if one in lost else one for one in kept), sorted(_SELECTORS.sub("", "".join(lost)))


@lru_cache(maxsize=1)
def _letters_of_all(folder: Path) -> frozenset[str]:
    """The letters that all fonts of a folder have: a text may be set in any of them."""
    return frozenset.intersection(*(_read(path, stamp)[1] for path, stamp in state_of(folder)))


@lru_cache(maxsize=64)
def _read(path: Path, _stamp: tuple[int, int]) -> tuple[frozenset[str], frozenset[str]]:
    """Names and letters of a font file; one that can't be read, or may not be embedded, has none."""
    names, letters = set[str](), set[str]()
    try:
        with path.open("rb") as file:
            is_many = path.suffix.lower() in (".ttc", ".otc")
            for font in TTCollection(file, lazy=True).fonts if is_many else [TTFont(file, lazy=True)]:
                if _may_be_embedded(font):
                    names.add(str(font["name"].getBestFamilyName()))
                    letters.update(map(chr, font.getBestCmap() or {}))
                    forms = (table.uvsDict for table in font["cmap"].tables if table.format == 14)
                    letters.update(map(chr, chain.from_iterable(forms)))
                else:
                    _log.warning("字体 %s 的许可不允许嵌入，没有使用：请换一个允许嵌入的字体", path.name)
    except Exception as fault:  # whatever a damaged file makes of its reader
        _log.warning("字体 %s 读不了，没有使用：%s", path.name, type(fault).__name__)
        return frozenset(), frozenset()
    return frozenset(names), frozenset(letters)


def _may_be_embedded(font: TTFont) -> bool:
    """Not where only the lowest bits are set (OpenType, OS/2.fsType): restricted, or reserved and read as such."""
    return "OS/2" not in font or not 0 < font["OS/2"].fsType & 0xF < 4
