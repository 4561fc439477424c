"""A sealed file opens whole or not at all: what was cut, exchanged, altered or added is found."""

from __future__ import annotations

import io
import os
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.crypto import streams
from guiju.kernel.crypto.recovery import new_private_key, recipient_of
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.crypto.streams import Algorithm, decrypt, decrypted, encrypt, encrypted

PRIVATE = new_private_key()
RECIPIENT = recipient_of(PRIVATE)
CHUNK = 64
SEALED = CHUNK + 16
HEADER = 15 + 8 + 82

algorithms = st.sampled_from(Algorithm)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "CHUNK", CHUNK)


def sealed(text: bytes, *, place: bytes = b"p", algorithm: Algorithm = Algorithm.AES_256_GCM) -> bytes:
    target = io.BytesIO()
    encrypt(io.BytesIO(text), target, recipients=[RECIPIENT], place=place, algorithm=algorithm)
    return target.getvalue()


def opened(file: bytes, *, place: bytes = b"p", private: bytes = PRIVATE) -> bytes:
    target = io.BytesIO()
    decrypt(io.BytesIO(file), target, private=private, place=place)
    return target.getvalue()


def parts_of(file: bytes) -> list[bytes]:
    return [file[start : start + SEALED] for start in range(HEADER, len(file), SEALED)]


class Dribble(io.RawIOBase):
    """A pipe that gives a few bytes at a time."""

    def __init__(self, text: bytes, sizes: list[int]) -> None:
        self._text, self._sizes = text, sizes

    def read(self, size: int = -1) -> bytes:
        given = min(size, self._sizes[0])
        self._sizes = [*self._sizes[1:], self._sizes[0]]
        part, self._text = self._text[:given], self._text[given:]
        return part


@given(size=st.integers(0, 5 * CHUNK + 1), algorithm=algorithms)
def test_what_was_sealed_opens_again(size: int, algorithm: Algorithm) -> None:
    text = os.urandom(size)
    file = sealed(text, algorithm=algorithm)

    assert opened(file) == text
    assert len(file) == HEADER + size + 16 * max(1, -(-size // CHUNK))


@given(text=st.binary(max_size=4 * CHUNK), sizes=st.lists(st.integers(1, 100), min_size=1, max_size=5))
def test_a_pipe_that_dribbles_makes_no_difference(text: bytes, sizes: list[int]) -> None:
    file = b"".join(encrypted(Dribble(text, sizes), recipients=[RECIPIENT], place=b"p"))

    assert b"".join(decrypted(Dribble(file, sizes), private=PRIVATE, place=b"p")) == text


@given(size=st.integers(0, 3 * CHUNK), at=st.integers(0), flip=st.integers(1, 255), algorithm=algorithms)
def test_a_flipped_bit_is_found_wherever_it_is(size: int, at: int, flip: int, algorithm: Algorithm) -> None:
    file = bytearray(sealed(os.urandom(size), algorithm=algorithm))
    file[at % len(file)] ^= flip

    with pytest.raises(Unsealable):
        opened(bytes(file))


@given(size=st.integers(0, 3 * CHUNK), cut=st.integers(0))
def test_a_file_that_was_cut_is_found_at_every_length(size: int, cut: int) -> None:
    file = sealed(os.urandom(size))

    with pytest.raises(Unsealable):
        opened(file[: cut % len(file)])


@pytest.mark.parametrize("size", [3 * CHUNK, 3 * CHUNK - 1, 2 * CHUNK + 1])
def test_a_file_cut_between_two_chunks_is_found(size: int) -> None:
    file = sealed(os.urandom(size))

    for count in range(3):
        with pytest.raises(Unsealable):
            opened(file[: HEADER + count * SEALED])


@given(added=st.binary(min_size=1, max_size=SEALED + 1))
def test_what_was_added_at_the_end_is_found(added: bytes) -> None:
    for size in (0, 5, CHUNK):
        with pytest.raises(Unsealable):
            opened(sealed(b"x" * size) + added)


@given(order=st.permutations(range(4)).filter(lambda order: list(order) != [0, 1, 2, 3]), algorithm=algorithms)
def test_chunks_in_another_order_are_found(order: list[int], algorithm: Algorithm) -> None:
    file = sealed(os.urandom(4 * CHUNK), algorithm=algorithm)
    parts = parts_of(file)

    with pytest.raises(Unsealable):
        opened(file[:HEADER] + b"".join(parts[place] for place in order))


@pytest.mark.parametrize("place", range(4))
def test_a_chunk_of_another_file_or_none_at_all_is_found(place: int) -> None:
    ours, theirs = (sealed(bytes(4 * CHUNK)) for _ in range(2))
    parts = parts_of(ours)

    for other in (parts_of(theirs)[place], b""):
        with pytest.raises(Unsealable):
            opened(ours[:HEADER] + b"".join([*parts[:place], other, *parts[place + 1 :]]))
    with pytest.raises(Unsealable):
        opened(theirs[:HEADER] + ours[HEADER:])


def test_it_opens_in_its_own_place_and_with_its_own_key_only() -> None:
    file = sealed(b"x")

    with pytest.raises(Unsealable):
        opened(file, place=b"q")
    with pytest.raises(Unsealable):
        opened(file, private=new_private_key())


def test_any_recipient_opens_it_and_nobody_else() -> None:
    other = new_private_key()
    target = io.BytesIO()
    encrypt(io.BytesIO(b"x"), target, recipients=[RECIPIENT, recipient_of(other)], place=b"p")

    assert opened(target.getvalue()) == opened(target.getvalue(), private=other) == b"x"
    without_the_other = target.getvalue()[:14] + b"\x01" + target.getvalue()[15:105] + target.getvalue()[195:]
    with pytest.raises(Unsealable):
        opened(without_the_other)
    with pytest.raises(Unsealable, match="others"):
        opened(target.getvalue(), private=new_private_key())


def test_an_empty_last_chunk_is_no_second_way_to_write_the_same_file() -> None:
    file_key, head = bytes(32), b"guiju-stream\x01\x01\x01"
    header = head + bytes.fromhex(RECIPIENT.name) + streams.seal_to(RECIPIENT, file_key, place=head + b"p")
    seal, _ = streams._cipher(Algorithm.AES_256_GCM, file_key, header)
    nonces = [streams._nonce(0, is_last=False), streams._nonce(1, is_last=True)]
    file = header + seal(nonces[0], bytes(CHUNK)) + seal(nonces[1], b"")

    with pytest.raises(Unsealable, match="empty"):
        opened(file)


def test_the_same_file_sealed_twice_looks_different_and_shows_nothing() -> None:
    text = "王小明13812345678".encode() * 20
    first, second = sealed(text), sealed(text)

    assert first != second
    assert text[:20] not in first


@pytest.mark.parametrize("algorithm", Algorithm)
def test_memory_stays_the_same_however_long_the_file_is(algorithm: Algorithm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streams, "CHUNK", 2**20)

    class Zeros(io.RawIOBase):
        left = 64 * 2**20

        def read(self, size: int = -1) -> bytes:
            given = min(size, self.left)
            self.left -= given
            return bytes(given)

    tracemalloc.start()
    for _ in encrypted(Zeros(), recipients=[RECIPIENT], place=b"p", algorithm=algorithm):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 8 * 2**20
