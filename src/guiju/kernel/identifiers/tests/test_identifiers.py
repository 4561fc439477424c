from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.identifiers import Invalid, bank_card, identity_number, phone, unified_code
from guiju.kernel.identifiers.birthday import age_of, birthday_of

CODES = st.builds(
    unified_code.make,
    st.sampled_from(["110101", "310115", "440305", "510104"]),
    st.integers(0, 31**8 - 1),
)
BIRTHDAYS = st.dates(date(1900, 1, 1), date(2026, 11, 1))


def identity(birthday: date, sequence: int, region: str = "110101") -> str:
    first = f"{region}{birthday:%Y%m%d}{sequence:03d}"
    return first + identity_number.check_character(first)


@given(CODES)
def test_every_unified_code_we_make_is_valid_and_survives_the_way_people_type(code: str) -> None:
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)

    assert unified_code.check(code) == code
    assert unified_code.check(f" {code[:8].lower()} {code[8:17]}-{code[17]} ") == code
    assert unified_code.check(wide) == code


@given(CODES, st.integers(0, 17), st.sampled_from(unified_code.ALPHABET))
def test_no_single_wrong_character_passes_the_check_of_gb_32100(code: str, place: int, character: str) -> None:
    changed = code[:place] + character + code[place + 1 :]

    assert unified_code.is_valid(changed) == (changed == code)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("91350100M000100Y4", "unified_code_length"),
        ("91350100M000100Y4I", "unified_code_character"),
        ("0135010000010009YA", "unified_code_shape"),
        ("91350100M000100Y44", "unified_code_check_digit"),
    ],
)
def test_a_wrong_unified_code_says_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        unified_code.check(text)
    assert refusal.value.code == code


def test_the_example_of_gb_32100_is_valid() -> None:
    assert unified_code.check("91350100M000100Y43") == "91350100M000100Y43"


@given(BIRTHDAYS, st.integers(0, 999))
def test_identity_numbers_carry_their_birthday_and_their_check(birthday: date, sequence: int) -> None:
    number = identity(birthday, sequence)

    assert identity_number.check(number.lower()) == number
    assert identity_number.birthday_of(number) == birthday
    assert next(identity_number.find(f"证件号{number}。")).value == number


@given(BIRTHDAYS, st.integers(0, 999), st.integers(0, 16), st.integers(1, 9))
def test_a_changed_digit_of_an_identity_number_is_noticed(
    birthday: date, sequence: int, place: int, shift: int
) -> None:
    number = identity(birthday, sequence)
    changed = number[:place] + str((int(number[place]) + shift) % 10) + number[place + 1 :]

    with pytest.raises(Invalid):
        identity_number.check(changed)


def test_an_identity_number_with_an_impossible_birthday_is_refused_by_that_reason() -> None:
    first = "11010119900230001"
    with pytest.raises(Invalid) as refusal:
        identity_number.check(first + identity_number.check_character(first))
    assert refusal.value.code == "identity_number_birthday"


@pytest.mark.parametrize(
    "text", ["13812345678", "+86 138 1234 5678", "0086-138-1234-5678", "１３８１２３４５６７８", "8613812345678"]
)
def test_a_mobile_number_is_one_number_however_it_is_typed(text: str) -> None:
    assert phone.check(text) == "13812345678"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1381234567", "phone_length"),
        ("12812345678", "phone_segment"),
        ("1381234567x", "phone_character"),
        ("1.38E+10", "phone_character"),
    ],
)
def test_a_wrong_mobile_number_says_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        phone.check(text)
    assert refusal.value.code == code


def test_mobile_numbers_are_found_in_text_but_not_inside_longer_numbers() -> None:
    text = "电话138-1234-5678，订单号20251381234567890，或+86 13912345678"

    assert [found.value for found in phone.find(text)] == ["13812345678", "13912345678"]


@given(st.integers(10**14, 10**15 - 1), st.integers(1, 9))
def test_bank_cards_are_found_only_with_a_right_check_digit(body: int, shift: int) -> None:
    first = "6222" + str(body)[4:]
    check = -bank_card.luhn_sum(first + "0") % 10
    right, wrong = f"{first}{check}", f"{first}{(check + shift) % 10}"
    text = f"付款卡号 {right[:4]} {right[4:8]} {right[8:12]} {right[12:]}，旧卡 {wrong}。"

    assert [found.value for found in bank_card.find(text)] == [right]
    assert bank_card.check(right) == right


@given(st.text(max_size=200))
def test_no_text_makes_a_finder_raise_and_every_find_points_into_the_text(text: str) -> None:
    for module in (bank_card, identity_number, phone, unified_code):
        for found in module.find(text):
            assert text[found.start : found.end]


@given(st.text(max_size=40))
def test_no_input_makes_a_check_raise_anything_but_invalid(text: str) -> None:
    for module in (bank_card, identity_number, phone, unified_code):
        with suppress(Invalid):
            module.check(text)


@given(BIRTHDAYS, st.integers(0, 999))
def test_masks_keep_the_length_and_hide_the_birthday(birthday: date, sequence: int) -> None:
    number = identity(birthday, sequence)

    assert len(identity_number.mask(number)) == 18
    assert f"{birthday:%Y%m%d}" not in identity_number.mask(number)
    assert phone.mask("13812345678") == "138****5678"
    assert unified_code.mask(unified_code.make("110101", 7)).count("*") == 6


@pytest.mark.parametrize(
    ("value", "born"),
    [
        ("2015-03-01", date(2015, 3, 1)),
        ("2015/3/1", date(2015, 3, 1)),
        ("20150301", date(2015, 3, 1)),
        ("2015年3月1日", date(2015, 3, 1)),
        ("1990-01-01 00:00:00", date(1990, 1, 1)),
        ("11010519491231002X", date(1949, 12, 31)),
        ("2015-02-30", None),
        ("13812345678", None),
        ("", None),
    ],
)
def test_a_birthday_is_read_as_tables_write_it(value: str, born: date | None) -> None:
    assert birthday_of(value) == born


@pytest.mark.parametrize(
    ("born", "on", "years"),
    [
        (date(2012, 11, 25), date(2026, 11, 24), 13),
        (date(2012, 11, 25), date(2026, 11, 25), 14),
        (date(2012, 2, 29), date(2026, 2, 28), 13),
        (date(2012, 2, 29), date(2026, 3, 1), 14),
    ],
)
def test_a_year_is_full_on_the_birthday_and_not_the_day_before(born: date, on: date, years: int) -> None:
    assert age_of(born, on) == years
