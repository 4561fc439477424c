"""The shape of values (值的格式): what was typed, in standard spelling, or what is wrong with it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from guiju.kernel.cells import amount, choice, clean_text, day, identity_text, phone_text, yes_no
from guiju.kernel.errors import Problem
from guiju.kernel.identifiers import Invalid, bank_card, email, regions, unified_code
from guiju.privacy.fields import Field
from guiju.privacy.scanning import numbers_in
from guiju.privacy.terms import Sort

LONGEST, LONGEST_TEXT = 200, 5000


def clean(field: Field, given: Any) -> str:
    """The value as it is stored, empty for none; raises `Invalid` with what is wrong."""
    text = unicodedata.normalize("NFC", "" if given is None else str(given)).strip()
    return _CLEANERS[field.sort](field, text) if text else ""


def cleaned(fields: Mapping[str, Field], given: Mapping[str, Any]) -> tuple[dict[str, str], list[Problem]]:
    """All values in standard spelling, and a problem for each that is none of its kind.

    A field that isn't in the catalogue stays as it was given: the gate refuses it by its name.
    """
    values: dict[str, str] = {}
    problems: list[Problem] = []
    for code, value in given.items():
        field = fields.get(code)
        try:
            values[code] = clean(field, value) if field else str(value or "")
        except Invalid as refusal:
            problems.append(Problem(refusal.code, refusal.sentence, code))
    return values, problems


def _text(field: Field, text: str) -> str:
    return _without_numbers(field, clean_text(text, most=LONGEST))


def _without_numbers(field: Field, text: str) -> str:
    """The text, unless a number stands in it that has a field of its own; a phone may where the value lies sealed."""
    if found := numbers_in(text, but=field.category, with_phones=not field.is_sealed):
        raise Invalid(
            "number_misplaced", f"{field.label}里有{found}的号码：请填到它自己的字段，这里去掉（个人信息保护法第六条）"
        )
    return text


def _long_text(field: Field, text: str) -> str:
    found = text.replace("\r\n", "\n").replace("\r", "\n")
    if len(found) > LONGEST_TEXT:
        raise Invalid("text_long", f"{field.label}有{len(found)}个字，最多{LONGEST_TEXT}个")
    _printable(field, found.replace("\n", " ").replace("\t", " "))
    return _without_numbers(field, found)


def _printable(field: Field, text: str) -> str:
    # Joiners and variation selectors are no control characters: emoji and rare names are written with them.
    if any(unicodedata.category(letter) in ("Cc", "Cs", "Co", "Cn") for letter in text):
        raise Invalid("text_characters", f"{field.label}里有看不见的控制字符，请重新输入")
    return text


def _number(field: Field, text: str) -> str:
    try:
        found = _decimal(unicodedata.normalize("NFKC", text))
    except Invalid:
        raise Invalid("number_shape", f"{field.label}“{text[:20]}”不是数字") from None
    if not found.is_finite() or abs(found) >= Decimal(10) ** 15:
        raise Invalid("number_range", f"{field.label}超出范围")
    return format(found.normalize(), "f")


def _decimal(text: str) -> Decimal:
    """Also as amounts are written: 3.5万, 3万5, ￥1,234."""
    try:
        return Decimal(text.replace(",", ""))
    except InvalidOperation:
        return amount(text)


def _day(field: Field, text: str) -> str:
    return day(text).isoformat()


def _choice(field: Field, text: str) -> str:
    return choice(text, field.choices)


def _yes_no(field: Field, text: str) -> str:
    return "yes" if yes_no(text) else "no"


def _by(check: Callable[[str], str]) -> Callable[[Field, str], str]:
    return lambda field, text: check(text)


_CLEANERS: dict[Sort, Callable[[Field, str], str]] = {
    Sort.TEXT: _text,
    Sort.LONG_TEXT: _long_text,
    Sort.NUMBER: _number,
    Sort.DAY: _day,
    Sort.CHOICE: _choice,
    Sort.YES_NO: _yes_no,
    Sort.PHONE: _by(phone_text),
    Sort.EMAIL: _by(email.check),
    Sort.IDENTITY_NUMBER: _by(identity_text),
    Sort.BANK_CARD: _by(bank_card.check),
    Sort.UNIFIED_CODE: _by(unified_code.check),
    Sort.REGION: _by(regions.check_county),
}


def words_of(field: Field, value: str) -> str:
    """A stored value as people read it."""
    match field.sort:
        case Sort.CHOICE:
            return field.choices.get(value, value)
        case Sort.YES_NO:
            return {"yes": "是", "no": "否"}.get(value, value)
        case Sort.REGION:
            return regions.full_name(value) if value in regions.all_regions() else value
        case _:
            return value
