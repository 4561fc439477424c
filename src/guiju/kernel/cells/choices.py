"""Cells with one of a few answers: yes or no (是否), one of a list (选项)."""

from __future__ import annotations

from collections.abc import Mapping

from guiju.kernel.cells.written import half_width, written, wrong

_YES = frozenset(["是", "有", "同意", "已同意", "y", "yes", "t", "true", "1", "√", "✓", "✔", "☑"])
_NO = frozenset(["否", "无", "没有", "不同意", "未同意", "n", "no", "f", "false", "0", "×", "✗", "✘", "☐"])
_MOST_NAMED = 10


def yes_no(text: str) -> bool:
    """是/否, 有/无, 同意/不同意, Y/N, true/false, 1/0, √/×.

    A letter x is refused: on some forms it crosses out, on others it ticks.
    """
    answer = _folded(written(text))
    if answer in _YES:
        return True
    if answer in _NO:
        return False
    raise wrong("yes_no_unknown", text, "不是“是”或“否”")


def choice(text: str, labels: Mapping[str, str]) -> str:
    """The code of the option that the cell names by its code or its label, in any width, spacing and case."""
    cell = _folded(written(text))
    found = {code for code, label in labels.items() if cell in (_folded(code), _folded(label))}
    if len(found) > 1:
        # Codes that differ only in case, or a label that is another option's code.
        found = {code for code, label in labels.items() if text.strip() in (code, label)}
    if len(found) == 1:
        return found.pop()
    named = "、".join(list(labels.values())[:_MOST_NAMED]) + ("等" if len(labels) > _MOST_NAMED else "")
    if found:
        raise wrong("choice_ambiguous", text, f"说的不止一项，请写清是哪一项：{named}")
    raise wrong("choice_unknown", text, f"不在可选的项里，可填：{named}")


def _folded(text: str) -> str:
    return "".join(half_width(text).casefold().split())
