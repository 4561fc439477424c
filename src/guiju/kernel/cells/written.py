"""What stands in a cell: in half-width characters, without what only makes Excel keep it as text."""

from __future__ import annotations

import re

from guiju.kernel.identifiers import Invalid

LONGEST = 100
"""No number, day or choice needs more characters."""

_HALF = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20, 0xFFE5: 0xA5, 0x2212: 0x2D}
_UNSEEN = dict.fromkeys(map(ord, "\u200b\u2060\ufeff"))
_SHOWN = 30
_EXCEL_ERROR = re.compile(r"#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!|SPILL!|CALC!)", re.IGNORECASE)
_TOO_NARROW = re.compile(r"#{3,}")


def written(text: str) -> str:
    """The characters that count; raises `Invalid` for an empty cell and for what Excel writes when it fails."""
    cell = half_width(text).strip()
    cell = cell.removeprefix("'").removeprefix("’").strip()
    if not cell:
        raise Invalid("cell_empty", "这一格是空的")
    refuse_failure(cell)
    if len(cell) > LONGEST:
        raise wrong("cell_long", cell, f"有{len(cell)}个字，这一列最多{LONGEST}个字")
    return cell


def half_width(text: str) -> str:
    """Full-width letters, digits and signs as half-width ones, without characters that nobody sees.

    Not NFKC: it would turn 10² into 102 and ① into 1.
    """
    return text.translate(_HALF | _UNSEEN)


def refuse_failure(cell: str) -> None:
    """Raises `Invalid` for an error value or the marks of a column that was too narrow."""
    if _EXCEL_ERROR.fullmatch(cell):
        raise wrong("cell_error", cell, "是 Excel 的错误值，不是内容：请改正公式或填上值")
    if _TOO_NARROW.fullmatch(cell):
        raise wrong("cell_error", cell, "是 Excel 列太窄时显示的，不是内容：请把列拉宽后再复制")


def wrong(code: str, text: str, reason: str) -> Invalid:
    """A refusal that begins with what stands in the cell."""
    seen = re.sub(r"[\s\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]+", " ", text).strip()
    shown = seen if len(seen) <= _SHOWN else seen[:_SHOWN] + "…"
    return Invalid(code, f"“{shown}”{reason}")
