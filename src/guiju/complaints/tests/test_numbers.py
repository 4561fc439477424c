"""Numbers of cases are read as people type them, and a slip is found."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from guiju.complaints.numbers import _SIGNS, company_mark, digest_of_code, new_code, new_number, read_number

DAY = date(2026, 11, 29)


def test_a_number_says_the_day_and_points_to_the_company() -> None:
    company = uuid4()
    number = new_number(company, DAY)

    assert number.startswith("TS261129-")
    assert read_number(number) == (number, company_mark(company))


@given(st.uuids(), st.sampled_from(["", " ", "-", "—"]))
def test_blanks_small_letters_and_lookalikes_are_the_same_number(company, gap: str) -> None:
    number = new_number(company, DAY)
    typed = gap.join(number.replace("-", "")).lower().replace("0", "o").replace("1", "l")

    assert read_number(typed) == (number, company_mark(company))


@given(st.uuids(), st.integers(2, 18), st.sampled_from(_SIGNS))
def test_one_wrong_sign_is_no_number(company, place: int, sign: str) -> None:
    plain = new_number(company, DAY).replace("-", "")
    wrong = plain[:place] + sign + plain[place + 1 :]

    assert (read_number(wrong) is None) == (wrong != plain)


@given(st.text(max_size=40))
def test_anything_else_is_none_and_raises_nothing(text: str) -> None:
    assert read_number(text) is None


def test_codes_differ_and_are_found_as_typed() -> None:
    codes = {new_code() for _ in range(1000)}

    assert len(codes) == 1000
    code = codes.pop()
    assert digest_of_code(f" {code[:5].lower()}-{code[5:]} ") == digest_of_code(code)
