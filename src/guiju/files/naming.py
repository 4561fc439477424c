"""Names of files as they are kept (文件名): what a name may hold, so that no reader and no system is led astray."""

from __future__ import annotations

import unicodedata

LONGEST = 200
_LONGEST_ENDING = 20
_KEPT_CONTROLS = "\u200d\ufe0f"
"""Parts of emoji; they turn nothing around and hide nothing that the name doesn't say."""

_NOT_IN_NAMES = str.maketrans('<>:"|?*', "＜＞：＂｜？＊")
"""What some systems take for something else stands in its wide form: it reads the same."""

_DEVICES = frozenset({"con", "prn", "aux", "nul", *(f"{port}{one}" for port in ("com", "lpt") for one in range(1, 10))})
NAMELESS = "未命名"


def clean_name(typed: str) -> str:
    """The name without path, control characters and reversed directions, of at most `LONGEST` letters; never empty.

    What came after the last slash, either way round, is the name; its ending stays when it is shortened.
    """
    name = unicodedata.normalize("NFC", typed).replace("\\", "/").rsplit("/", 1)[-1]
    letters = (letter for letter in name if _may_stand(letter))
    name = " ".join("".join(letters).translate(_NOT_IN_NAMES).split()).strip(". ")
    stem, dot, ending = name.rpartition(".")
    if not stem:
        stem, dot, ending = name, "", ""
    if len(ending) > _LONGEST_ENDING:
        stem, dot, ending = name, "", ""
    if stem.lower() in _DEVICES:
        stem = f"_{stem}"
    stem = stem[: LONGEST - len(dot) - len(ending)].rstrip(". ") or NAMELESS
    return f"{stem}{dot}{ending}"


def _may_stand(letter: str) -> bool:
    """Neither control, format (among them what turns the direction of reading), surrogate, private nor unassigned."""
    return (
        letter in _KEPT_CONTROLS or letter == " " or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")
    )


def ending_of(name: str) -> str:
    """What stands behind the last dot, in small letters; nothing without one."""
    stem, dot, ending = name.rpartition(".")
    return ending.lower() if stem and dot else ""
