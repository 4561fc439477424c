import hashlib
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.evidence import canonical, field_digest, plain_value, record_digest
from guiju.kernel.evidence.canonical import read_canonical

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_canonical_json_is_that_of_rfc_8785(value: object) -> None:
    try:
        expected = rfc8785.dumps(value)  # type: ignore[arg-type]
    except rfc8785.CanonicalizationError:
        with pytest.raises(UnicodeEncodeError):
            canonical(value)
    else:
        assert canonical(value) == expected


@given(PLAIN)
def test_what_is_spelled_canonically_is_read_and_nothing_else(value: object) -> None:
    try:
        text = canonical(value).decode()
    except UnicodeEncodeError:
        return
    assert read_canonical(text) == value
    for other in (f" {text}", f"{text}\n", text.replace(",", ", ", 1), text.replace(":", ": ", 1)):
        if other != text and '"' not in text:
            with pytest.raises(ValueError):  # noqa: PT011
                read_canonical(other)


@pytest.mark.parametrize(
    "text",
    [
        *('{"b":1,"a":2}', '{"a":1,"a":1}', '{"a":1.0}', "1e3", "-0", "NaN", "-Infinity", "9007199254740992", "01"),
        *(
            '"\\u0041"',
            '"\\/"',
            '"\\u000A"',
            "",
            "{",
            "[1,]",
            '{"a" :1}',
            '"\ud800"',
            "9" * 5000,
            '{"\uffff":1,"\U00010000":2}',
        ),
    ],
)
def test_another_spelling_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        read_canonical(text)


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {1, 2}, b"x"])
def test_values_without_one_spelling_are_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical(value)


def test_the_same_moment_has_one_spelling_in_every_zone() -> None:
    beijing = datetime(2026, 11, 24, 8, 30, tzinfo=timezone(timedelta(hours=8)))

    assert plain_value(beijing) == plain_value(beijing.astimezone(UTC)) == "2026-11-24T00:30:00.000000Z"
    assert plain_value(date(2026, 11, 24)) == "2026-11-24"
    with pytest.raises(ValueError, match="zone"):
        plain_value(datetime(2026, 11, 24))


@given(st.binary(min_size=16, max_size=16), st.text(max_size=8), st.text(max_size=8), PLAIN, PLAIN)
def test_a_field_digest_names_its_field_and_its_value(salt: bytes, code: str, other: str, a: object, b: object) -> None:
    try:
        same = canonical(a) == canonical(b)
        code.encode(), other.encode()
    except UnicodeEncodeError:
        return
    assert (field_digest(salt, code, a) == field_digest(salt, code, b)) == same
    assert (field_digest(salt, code, a) == field_digest(salt, other, a)) == (code == other)


def test_a_record_digest_depends_on_the_order_and_on_the_schema() -> None:
    one, two = hashlib.sha256(b"1").digest(), hashlib.sha256(b"2").digest()

    assert record_digest("a/1", one + two) != record_digest("a/1", two + one)
    assert record_digest("a/1", one) != record_digest("a/2", one)
    with pytest.raises(ValueError, match="32"):
        record_digest("a/1", one + b"x")
