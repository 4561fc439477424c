"""Amounts and counts as people and Excel write them: each comes back, no guess is made."""

from __future__ import annotations

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.cells import Invalid, amount, count
from guiju.kernel.cells.numbers import number_of

DIGITS, CAPITALS = "零一二三四五六七八九", "零壹贰叁肆伍陆柒捌玖"
YUAN = st.decimals(-(10**12), 10**12, places=2)


def chinese(number: int) -> str:
    """How the number is written in full."""
    if number >= 10**8:
        head, rest = divmod(number, 10**8)
        return chinese(head) + "亿" + (chinese(rest) if rest >= 10**7 else "零" + chinese(rest) if rest else "")
    if number >= 10**4:
        head, rest = divmod(number, 10**4)
        return chinese(head) + "万" + (chinese(rest) if rest >= 1000 else "零" + chinese(rest) if rest else "")
    text = ""
    for unit, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit, number = divmod(number, unit)
        if digit:
            text += DIGITS[digit] + name
        elif text and number and not text.endswith("零"):
            text += "零"
    return text or "零"


@given(YUAN)
def test_any_amount_comes_back_in_every_habit(value: Decimal) -> None:
    grouped = f"{abs(value):,.2f}"
    minus = "-" if value < 0 else ""
    for text in (
        f"{value:.2f}",
        f"{minus}{grouped}",
        f"{minus}￥{grouped}",
        f"¥{minus}{grouped}",
        f" {minus}{grouped} 元 ",
    ):
        assert amount(text) == value
    wide = "".join(chr(ord(c) + 0xFEE0) for c in f"{value:.2f}")
    assert amount(wide) == value
    assert amount(f"({grouped})") == amount(f"（{grouped}）") == -abs(value)


@given(st.integers(0, 10**12 - 1))
def test_any_number_comes_back_from_chinese_words(number: int) -> None:
    words = chinese(number)
    assert number_of(words) == number
    capitals = words.translate(str.maketrans(DIGITS + "十百千", CAPITALS + "拾佰仟"))
    assert amount(f"{capitals}元整") == amount(f"人民币{capitals}圆正") == number
    if words.startswith("一十"):
        assert number_of(words[1:]) == number


@given(st.decimals(0, 9999, places=4), st.sampled_from([("万", 10**4), ("亿", 10**8), ("千", 1000), ("百万", 10**6)]))
def test_any_number_comes_back_with_its_unit(value: Decimal, unit: tuple[str, int]) -> None:
    assert amount(f"{value}{unit[0]}") == amount(f"{value} {unit[0]}元") == value * unit[1]


@given(st.floats(0, 1e14))
def test_what_excel_writes_is_a_number(value: float) -> None:
    text = f"{value:.15g}".upper()
    with suppress(Invalid):
        assert amount(text) == Decimal(text)
        assert "E" not in str(amount(text)) or amount(text) < Decimal("0.000001")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.2万", "12000"),
        ("3万5", "35000"),
        ("3万5千", "35000"),
        ("3万5000", "35000"),
        ("三万五", "35000"),
        ("三百五", "350"),
        ("三万零五", "30005"),
        ("五万", "50000"),
        ("两千", "2000"),
        ("十万", "100000"),
        ("1.5亿", "150000000"),
        ("1亿2000万", "120000000"),
        ("一亿二千万", "120000000"),
        ("一点五亿", "150000000"),
        ("1.2E+5", "120000"),
        ("1.2e-05", "0.000012"),
        ("壹仟贰佰圆伍角叁分", "1200.53"),
        ("壹佰零伍元零叁分", "105.03"),
        ("5元3角", "5.3"),
        ("负200", "-200"),
        ("RMB 1,200", "1200"),
        ("1234.", "1234"),
        ("-0.00", "0"),
        ("'1234", "1234"),
    ],
)
def test_habits_of_writing_money_are_understood(text: str, value: str) -> None:
    assert str(amount(text)) == value


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("约3万", "amount_vague"),
        ("3万左右", "amount_vague"),
        ("3-5万", "amount_vague"),
        ("3万~5万", "amount_vague"),
        ("10万+", "amount_vague"),
        ("三十多万", "amount_vague"),
        ("3万5元", "amount_vague"),
        ("三百五元", "amount_vague"),
        ("30%", "amount_percent"),
        ("百分之三十", "amount_percent"),
        ("三成", "amount_percent"),
        ("$100", "amount_currency"),
        ("100美元", "amount_currency"),
        ("1,23", "amount_shape"),
        ("1,2345", "amount_shape"),
        ("1 234", "amount_shape"),
        ("3万50", "amount_shape"),
        ("3万5亿", "amount_shape"),
        ("10w", "amount_shape"),
        ("万", "amount_shape"),
        ("二三", "amount_shape"),
        ("10²", "amount_shape"),
        ("①", "amount_shape"),
        ("免费", "amount_shape"),
        ("(-5)", "amount_shape"),
        ("1000000000000000", "amount_large"),
        ("1E+99", "amount_large"),
        ("0.0000000000000001", "amount_decimals"),
        ("", "cell_empty"),
        ("#REF!", "cell_error"),
    ],
)
def test_what_is_no_certain_amount_is_refused_by_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        amount(text)
    assert refusal.value.code == code and text in refusal.value.sentence


@given(st.integers(0, 10**15 - 1))
def test_any_count_comes_back(number: int) -> None:
    assert count(str(number)) == count(f"{number:,}") == count(f"{number}.0") == number


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("-1", "count_negative"),
        ("1.5", "count_fraction"),
        ("3个", "count_shape"),
        ("约3", "count_shape"),
        ("￥3", "count_shape"),
        ("9" * 16, "count_large"),
    ],
)
def test_what_is_no_count_is_refused_by_its_reason(text: str, code: str) -> None:
    with pytest.raises(Invalid) as refusal:
        count(text)
    assert refusal.value.code == code and text in refusal.value.sentence


@given(st.text(max_size=30) | st.text("0123456789.,-+()万亿千百十零一二三五元角分¥E %", max_size=12))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    for read in (amount, count):
        with suppress(Invalid):
            read(text)
