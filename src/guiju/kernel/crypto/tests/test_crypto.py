"""Sealed values open in their own place only; typed codes forgive how they are typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.crypto.sealed import Unsealable, seal, unseal
from guiju.kernel.crypto.typed import digest_of, new_code


@given(text=st.text(max_size=200))
def test_what_was_sealed_opens_again(text: str) -> None:
    assert unseal(seal(text, master="主", place="a/1"), master="主", place="a/1") == text


@given(place=st.integers(0, 40), flip=st.integers(1, 255))
def test_an_altered_value_does_not_open(place: int, flip: int) -> None:
    sealed = bytearray(seal("JBSWY3DPEHPK3PXP", master="主", place="a/1"))
    sealed[place % len(sealed)] ^= flip
    with pytest.raises(Unsealable):
        unseal(bytes(sealed), master="主", place="a/1")


@pytest.mark.parametrize(("master", "place"), [("别", "a/1"), ("主", "a/2")])
def test_it_opens_under_its_own_key_and_in_its_own_place_only(master: str, place: str) -> None:
    with pytest.raises(Unsealable):
        unseal(seal("值", master="主", place="a/1"), master=master, place=place)


def test_a_code_is_long_enough_and_easy_to_read() -> None:
    codes = {new_code() for _ in range(1000)}
    assert len(codes) == 1000
    assert all(len(code) == 19 and not set(code) & set("ILOU") for code in codes)


@pytest.mark.parametrize("typed", ["7qxm-0b2f", " 7QXM OB2F ", "７ＱＸＭ０Ｂ２Ｆ", "7QXM—0B2F"])
def test_however_it_is_typed_it_is_the_same_code(typed: str) -> None:
    assert digest_of(typed) == digest_of("7QXM-0B2F")
