"""Phones and identity numbers out of cells: what Excel has spoilt is refused and says so."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from guiju.kernel.cells import Invalid, identity_text, phone_text, phones
from guiju.kernel.identifiers import identity_number

NUMBERS = st.builds(lambda second, rest: f"1{second}{rest:09d}", st.integers(3, 9), st.integers(0, 10**9 - 1))


def identity(birthday: date, sequence: int) -> str:
    first = f"330106{birthday:%Y%m%d}{sequence:03d}"
    return first + identity_number.check_character(first)


IDENTITIES = st.builds(identity, st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999))


@given(NUMBERS)
def test_any_mobile_number_comes_back_in_every_habit(number: str) -> None:
    a, b, c = number[:3], number[3:7], number[7:]
    for text in (
        number,
        f"+86 {a}-{b}-{c}",
        f"0086{number}",
        f"(+86){number}",
        f"86 {a} {b} {c}",
        f"'{number}",
        f"\t{number}",
        f"{number}.0",
        f"{number[0]}.{number[1:]}E+10",
        "".join(chr(ord(digit) + 0xFEE0) for digit in number),
    ):
        assert phone_text(text) == number


@given(
    st.lists(NUMBERS, min_size=2, max_size=4, unique=True),
    st.sampled_from(["/", "、", "，", "; ", "\n", " ", "\t", " 或 "]),
)
def test_several_numbers_are_each_found_or_refused_where_one_is_asked_for(numbers: list[str], between: str) -> None:
    text = between.join(numbers)
    assert phones(text) == numbers
    assert phones(between.join([*numbers, numbers[0]])) == numbers
    with pytest.raises(Invalid) as refusal:
        phone_text(text)
    assert refusal.value.code == "phone_several"


@given(NUMBERS, st.integers(0, 9))
def test_a_number_in_scientific_notation_with_digits_missing_is_lost(number: str, kept: int) -> None:
    shown = f"{number[0]}.{number[1 : 1 + kept]}".rstrip(".") + "E+10"
    with pytest.raises(Invalid, match="后面的已丢失") as refusal:
        phone_text(shown)
    assert refusal.value.code == "phone_scientific" and shown in refusal.value.sentence


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1.38E+10", "phone_scientific"),
        ("1.38123e+10", "phone_scientific"),
        ("5E+0", "phone_length"),
        ("1.38E+1", "phone_character"),
        ("138****5678", "phone_masked"),
        ("0571-88886666", "phone_landline"),
        ("(0571)88886666转801", "phone_landline"),
        ("400-820-8820", "phone_landline"),
        ("+852 91234567", "phone_foreign"),
        ("1381234", "phone_length"),
        ("12812345678", "phone_segment"),
        ("13812345678（微信）", "phone_character"),
        ("1381234567²", "phone_character"),
        ("/", "phone_character"),
        ("无", "phone_character"),
        ("", "cell_empty"),
    ],
)
def test_what_is_no_mobile_number_is_refused_by_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phone_text(text)
    assert refusal.value.code == code and "\n" not in refusal.value.sentence


def test_the_one_wrong_number_among_several_is_named() -> None:
    with pytest.raises(Invalid, match="“1391234”不是手机号码：手机号码应为11位，现为7位"):
        phones("13812345678、1391234")


@given(IDENTITIES)
def test_any_identity_number_comes_back_in_every_habit(number: str) -> None:
    for text in (number, number.lower(), f"'{number}", f"\t{number}", f"{number[:6]} {number[6:14]} {number[14:]}"):
        assert identity_text(text) == number


@given(IDENTITIES)
def test_an_identity_number_that_excel_rounded_is_refused_as_lost(number: str) -> None:
    rounded = number[:15] + "000"
    assume(rounded != number and identity_number.check_character(rounded[:17]) != "0")
    for text in (rounded, f"{rounded}.0"):
        with pytest.raises(Invalid, match="后三位被 Excel 变成了零") as refusal:
            identity_text(text)
        assert refusal.value.code == "identity_rounded"
    with pytest.raises(Invalid, match="后几位已丢失"):
        identity_text(f"{float(rounded):.5E}")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("3.30106E+17", "identity_scientific"),
        ("3.30106199001011e+17", "identity_scientific"),
        ("330106900101123", "identity_old"),
        ("330106********002X", "identity_masked"),
        ("11010519491231002Ⅹ", "identity_number_character"),
        ("1101051949123100", "identity_number_length"),
        ("110105194912310021", "identity_number_check_digit"),
        ("", "cell_empty"),
    ],
)
def test_what_is_no_identity_number_is_refused_by_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        identity_text(text)
    assert refusal.value.code == code and text in refusal.value.sentence


@given(st.text(max_size=40) | st.text("0123456789+-*E.() /、\n", max_size=30))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    for read in (phone_text, phones, identity_text):
        with suppress(Invalid):
            read(text)
