"""Free text of a cell: names, addresses, notes (文本)."""

from __future__ import annotations

import re
import unicodedata

from guiju.kernel.cells.written import refuse_failure, wrong

_UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""They make text read from right to left: 元001 can look like 100元."""

_GUARDED = re.compile(r"'(?=[=+\-@＝＋－＠\t\r])")
"""What our own tables put before text that Excel would take for a formula (web/tables.safe_cell)."""


def clean_text(text: str, *, most: int) -> str:
    """The text trimmed, each stretch of white space one space, without the mark that our own export adds.

    Emoji and rare characters stay as they are. Control characters and halves of characters are refused,
    for no database keeps them.
    """
    cell = text.translate(_UNSEEN).strip()
    cell = " ".join(_GUARDED.sub("", cell, count=1).split() if _GUARDED.match(cell) else cell.split())
    refuse_failure(cell)
    for character in cell:
        if character in _TURNING or unicodedata.category(character) in {"Cc", "Cs"}:
            raise wrong("text_control", cell, f"里有看不见的控制字符（U+{ord(character):04X}）：请删去后再试")
    if len(cell) > most:
        raise wrong("text_long", cell, f"有{len(cell)}个字，最多{most}个字")
    return cell
