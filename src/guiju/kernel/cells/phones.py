"""Mobile numbers in cells (手机号码), and what Excel does to them."""

from __future__ import annotations

import re
from decimal import Decimal

from guiju.kernel.cells.written import written, wrong
from guiju.kernel.identifiers import Invalid, phone

_SCIENTIFIC = re.compile(r"[0-9](?:\.([0-9]+))?E\+?([0-9]{1,2})", re.IGNORECASE)
_ONE = r"(?:\(?(?:\+|00)?86\)?[ -]?)?1[0-9]{2}[ -]?[0-9]{4}[ -]?[0-9]{4}(?:\.0+)?"
_BETWEEN = re.compile(r"\s*[/\\、,;|和或\r\n]\s*")
_SPACED = re.compile(rf"{_ONE}(?:\s+{_ONE})+")
_NEXT = re.compile(rf"({_ONE})(?:\s+|\Z)")
_LANDLINE = re.compile(
    r"\(?0[1-9][0-9]{1,2}\)?[- ]?[2-9][0-9]{6,7}(?:[-转 ]{1,2}[0-9]{1,6})?|[48]00[- ]?[0-9]{3,4}[- ]?[0-9]{3,4}"
)
_FOREIGN = re.compile(r"(?:\+|00)(?!86)[1-9][0-9 -]{5,20}")
_UNUSUAL = re.compile(r"[^\x00-\x7f\s\u2010-\u2014]")


def phone_text(text: str) -> str:
    """The eleven digits of one mobile number; several in one cell are refused, see `phones`."""
    found = phones(text)
    if len(found) > 1:
        raise wrong("phone_several", text, f"里有{len(found)}个手机号码，这里只能填一个")
    return found[0]


def phones(text: str) -> list[str]:
    """The mobile numbers of a cell, each once: parted by a stroke, a comma, 、 or white space."""
    parts = [part for part in _BETWEEN.split(written(text)) if part]
    if not parts:
        raise wrong("phone_character", text, "不是手机号码：只应有数字")
    found = [
        _number(one)
        for part in parts
        for one in ((match[1] for match in _NEXT.finditer(part)) if _SPACED.fullmatch(part) else [part])
    ]
    return list(dict.fromkeys(found))


def _number(cell: str) -> str:
    cell = _without_notation(cell)
    if "*" in cell:
        raise wrong("phone_masked", cell, "有几位被遮蔽了：请填完整的号码")
    if _LANDLINE.fullmatch(cell):
        raise wrong("phone_landline", cell, "是座机或 400 号码，这里要填手机号码")
    if _FOREIGN.fullmatch(cell):
        raise wrong("phone_foreign", cell, "是境外号码，这里要填中国内地的手机号码")
    if _UNUSUAL.search(cell):
        raise wrong("phone_character", cell, "不是手机号码：只应有数字")
    try:
        return phone.check(re.sub(r"^\((\+?86|0086)\)", r"\1", cell))
    except Invalid as fault:
        raise wrong(fault.code, cell, f"不是手机号码：{fault.sentence}") from None


def _without_notation(cell: str) -> str:
    """Excel's 13812345678.0 and 1.3812345678E+10 as digits; with fewer of them the number is lost."""
    if match := _SCIENTIFIC.fullmatch(cell):
        kept, asked = len(match[1] or ""), int(match[2])
        if kept < asked:
            raise wrong("phone_scientific", cell, "是 Excel 写成科学计数的号码，只剩前几位，后面的已丢失：请重新填写")
        return str(int(Decimal(cell))) if kept == asked else cell
    return re.sub(r"(?<=[0-9])\.0+$", "", cell)
