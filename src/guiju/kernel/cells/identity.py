"""Citizen identity numbers in cells (公民身份号码), and what Excel does to them."""

from __future__ import annotations

import re

from guiju.kernel.cells.written import written, wrong
from guiju.kernel.identifiers import Invalid, identity_number

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?1[0-9]", re.IGNORECASE)
_UNUSUAL = re.compile(r"[^\x00-\x7f\s\u2010-\u2014]")


def identity_text(text: str) -> str:
    """The number in its standard spelling.

    Excel keeps fifteen digits of a number: the last three become zeros, and nobody can tell what they were.
    """
    cell = written(text)
    cell = re.sub(r"\.0+$", "", cell)
    if _SCIENTIFIC.fullmatch(cell):
        raise wrong("identity_scientific", cell, "是 Excel 写成科学计数的身份号码，后几位已丢失：请从原件重新填写")
    if re.fullmatch(r"[0-9]{15}", cell):
        raise wrong("identity_old", cell, "是15位的旧号码：请填18位的公民身份号码")
    if "*" in cell:
        raise wrong("identity_masked", cell, "有几位被遮蔽了：请填完整的号码")
    if _UNUSUAL.search(cell):
        raise wrong("identity_number_character", cell, "不是公民身份号码：前17位应为数字，末位为数字或 X")
    try:
        return identity_number.check(cell)
    except Invalid as fault:
        if re.fullmatch(r"[0-9]{15}000", cell):
            raise wrong("identity_rounded", cell, "的后三位被 Excel 变成了零，原来的已丢失：请从原件重新填写") from None
        raise wrong(fault.code, cell, f"不能用：{fault.sentence}") from None
