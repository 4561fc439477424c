import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta, timezone

import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from guiju.kernel.evidence import canonical, field_digest, plain_value, record_digest
from guiju.kernel.evidence.leaves import read_entry

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


@example("{[", "{{", ['"{', "[" * 1100])
@given(st.text(max_size=9), st.none() | st.text(max_size=9), st.lists(st.text(max_size=9), max_size=3))
def test_an_entry_is_read_as_it_is_spelled_canonically_and_in_no_other_way(
    word: str, actor: str | None, grounds: list[str]
) -> None:
    entry = {
        **dict.fromkeys(("action", "at", "entity", "id", "nonce"), word),
        **{"actor": actor, "grounds": grounds, "subject": {"id": word, "type": word}, "v": 1},
        "records": {"root": "00" * 32, "streams": [["a.b", 2], ["a.c", 1]]},
    }
    try:
        text = canonical(entry).decode()
    except UnicodeEncodeError:
        return
    assert read_entry(text).entry == entry and read_entry(text).count == 3
    for other in (
        f" {text}",
        text.replace(":", ": ", 1),
        text.replace('"v":1', '"v":1.0'),
        text.replace('"v":1', '"v":true'),
        text.replace('"v":1', '"v":1,"v":1'),
        text.replace('"v":1', '"v":1,"x":1'),
        text.replace("a.b", "\\u0061.b"),
        text.replace('["a.b",2]', '["a.b","2"]'),
        json.dumps(dict(reversed(entry.items())), ensure_ascii=False, separators=(",", ":")),
    ):
        with pytest.raises(ValueError):  # noqa: PT011
            read_entry(other)


@pytest.mark.parametrize("value", [1.5, float("nan"), 2**53, {1, 2}, b"x"])
def test_values_without_one_spelling_are_refused(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        canonical(value)


def test_the_same_moment_has_one_spelling_in_every_zone() -> None:
    beijing = datetime(2026, 11, 24, 8, 30, tzinfo=timezone(timedelta(hours=8)))

    assert plain_value(beijing) == plain_value(beijing.astimezone(UTC)) == "2026-11-24T00:30:00.000000Z"
    assert plain_value(date(2026, 11, 24)) == "2026-11-24"
    assert plain_value(time(17, 30)) == "17:30:00.000000"
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
