import base64
from string import ascii_lowercase, ascii_uppercase, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.evidence.note import (
    BadNote,
    Checkpoint,
    SignerKey,
    VerifierKey,
    open_checkpoint,
    parse_checkpoint,
    signed_text,
)

KEY = SignerKey.new("log.example.cn/guiju")
HELD = Checkpoint(KEY.name, 12_345, bytes(range(32)))
NOTE = KEY.sign(HELD.body)

# The example of the Go package golang.org/x/mod/sumdb/note, which defined the format.
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


def test_a_checkpoint_comes_back_out_of_its_note() -> None:
    assert open_checkpoint(NOTE, KEY.verifier) == HELD
    assert NOTE.startswith(f"{KEY.name}\n12345\n{base64.b64encode(HELD.root).decode()}\n\n— {KEY.name} ")


def test_keys_are_written_and_read_as_everybody_does() -> None:
    assert str(VerifierKey.parse(SUMDB)) == SUMDB
    assert VerifierKey.parse(str(KEY.verifier)) == KEY.verifier
    assert SignerKey.parse(str(KEY)) == KEY
    assert KEY.private.hex() not in repr(KEY)


def test_other_signatures_beside_ours_do_no_harm() -> None:
    other = SignerKey.new("witness.example.cn")
    both = NOTE + other.sign(HELD.body).rpartition("\n\n")[2]

    assert open_checkpoint(both, KEY.verifier) == HELD
    assert parse_checkpoint(signed_text(both, other.verifier)) == HELD


@given(st.integers(0, len(NOTE) - 1), st.characters(codec="utf-8"))
def test_no_altered_letter_gets_through(place: int, letter: str) -> None:
    altered = NOTE[:place] + letter + NOTE[place + 1 :]
    if altered != NOTE:
        with pytest.raises(BadNote):
            open_checkpoint(altered, KEY.verifier)


def test_a_signature_is_spelled_in_one_way_only() -> None:
    body, letter = NOTE[:-3], NOTE[-3]
    alphabet = f"{ascii_uppercase}{ascii_lowercase}{digits}+/"
    last = alphabet.index(letter)

    assert NOTE.endswith("=\n")
    for spare in range(1, 4):
        with pytest.raises(BadNote, match="not base64"):
            open_checkpoint(f"{body}{alphabet[last + spare]}=\n", KEY.verifier)


@pytest.mark.parametrize("other", [SignerKey.new(KEY.name), SignerKey.new("else.example.cn")])
def test_another_key_is_refused_even_under_the_same_name(other: SignerKey) -> None:
    with pytest.raises(BadNote):
        open_checkpoint(NOTE, other.verifier)


def test_a_checkpoint_of_another_log_is_refused_though_the_key_signed_it() -> None:
    with pytest.raises(BadNote, match="another log"):
        open_checkpoint(KEY.sign(Checkpoint("else.example.cn", 1, bytes(32)).body), KEY.verifier)


@given(st.text(max_size=200))
def test_nonsense_is_no_note_no_key_and_no_checkpoint(text: str) -> None:
    for read in (VerifierKey.parse, SignerKey.parse, parse_checkpoint, lambda t: open_checkpoint(t, KEY.verifier)):
        with pytest.raises(BadNote):
            read(text)


@pytest.mark.parametrize("size", ["-1", "01", "1e3", "٣", "", " 1", "9" * 19])
def test_a_size_is_a_plain_decimal_number(size: str) -> None:
    with pytest.raises(BadNote):
        parse_checkpoint(f"log\n{size}\n{base64.b64encode(bytes(32)).decode()}\n")
