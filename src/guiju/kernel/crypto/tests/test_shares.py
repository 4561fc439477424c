"""Two of three sheets rebuild a secret, one tells nothing, and a slip of the pen is found where it is."""

from __future__ import annotations

import itertools
import os
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.crypto import shares as module
from guiju.kernel.crypto.shares import Share, printed, read, rebuild, split
from guiju.kernel.crypto.typed import LETTERS
from guiju.kernel.errors import Refused

secrets = st.binary(min_size=32, max_size=32)


@given(secret=secrets, set_number=st.integers(0, 2**15 - 1))
def test_any_two_of_three_sheets_rebuild_the_secret(secret: bytes, set_number: int) -> None:
    sheets = [read(printed(share)) for share in split(secret, set_number=set_number)]

    for pair in itertools.permutations(sheets, 2):
        assert rebuild(pair) == secret
    assert rebuild(sheets) == secret


@given(secret=secrets, numbers=st.integers(2, 6).flatmap(lambda n: st.tuples(st.just(n), st.integers(n, 8))))
def test_it_holds_for_any_threshold(secret: bytes, numbers: tuple[int, int]) -> None:
    needed, total = numbers
    made = split(secret, set_number=7, needed=needed, total=total)

    assert rebuild(made[-needed:], needed=needed) == secret
    assert rebuild(made[: needed - 1] + made[-1:], needed=needed) == secret


def _slow_product(left: int, right: int) -> int:
    """By schoolbook multiplication of polynomials and long division: another way than the program's."""
    product = 0
    for place in range(8):
        if right >> place & 1:
            product ^= left << place
    for place in range(14, 7, -1):
        if product >> place & 1:
            product ^= 0b100011011 << (place - 8)
    return product


def test_the_field_is_the_one_of_aes() -> None:
    assert module._times(0x57, 0x83) == 0xC1  # FIPS 197, section 4.2
    assert module._times(0x57, 0x13) == 0xFE
    for left, right in itertools.product(range(256), repeat=2):
        assert module._times(left, right) == _slow_product(left, right)
    for value in range(1, 256):
        assert module._times(value, module._inverse(value)) == 1


def test_shares_are_points_of_the_line_through_the_secret() -> None:
    secret, slope = bytes(range(32)), bytes(range(200, 232))
    made = split(secret, set_number=0, randomness=lambda count: slope[:count])

    for share in made:
        expected = bytes(s ^ _slow_product(a, share.number) for s, a in zip(secret, slope, strict=True))
        assert share.values == expected
    # By hand: f(1) = s ⊕ a, and f(3) = f(1) ⊕ f(2) ⊕ s.
    assert made[0].values[:2] == bytes([0 ^ 200, 1 ^ 201])
    assert made[2].values == bytes(x ^ y ^ s for x, y, s in zip(made[0].values, made[1].values, secret, strict=True))


def test_one_share_alone_says_nothing_about_the_secret() -> None:
    """Each byte of a share is evenly spread, whatever the secret is (chi-square, 255 degrees of freedom)."""
    for secret in (bytes(32), bytes([0xA5] * 32)):
        for number in range(3):
            seen = Counter(value for _ in range(400) for value in split(secret, set_number=0)[number].values)
            expected = 400 * 32 / 256
            chi_square = sum((seen[value] - expected) ** 2 / expected for value in range(256))
            assert 140 < chi_square < 400, (secret[0], number)


def test_for_each_secret_exactly_one_line_fits_the_same_share() -> None:
    """Why that is so: a share leaves all 256 values of each byte of the secret equally possible."""
    fits = {value: [a for a in range(256) if value ^ _slow_product(a, 2) == 0x42] for value in range(256)}
    assert all(len(slopes) == 1 for slopes in fits.values())


def test_a_sheet_has_three_lines_of_five_groups_of_letters_that_are_not_misread() -> None:
    text = printed(split(os.urandom(32), set_number=32767)[1])

    assert [[len(group) for group in line.split("-")] for line in text.split("\n")] == [[5] * 5] * 3
    assert set(text) <= set(LETTERS) | set("-\n")


@given(secret=secrets, seed=st.randoms(use_true_random=False))
def test_it_is_read_however_it_is_typed(secret: bytes, seed) -> None:
    share = split(secret, set_number=99)[0]
    text = printed(share)

    assert read(text.lower().replace("0", "o").replace("1", seed.choice("lI"))) == share
    assert (
        read(text.replace("-", seed.choice(["", " ", "－", "—"])).replace("\n", seed.choice(["", "\r\n", "  "])))
        == share
    )
    assert read("".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in text)) == share


@given(at=st.integers(0, 74), other=st.sampled_from(LETTERS))
def test_a_mistyped_letter_is_found_in_its_group(at: int, other: str) -> None:
    letters = list(printed(split(b"s" * 32, set_number=5)[0]).replace("-", "").replace("\n", ""))
    if letters[at] == other:
        return
    letters[at] = other

    with pytest.raises(Refused, match=f"第{at // 5 + 1}组有错"):
        read("".join(letters))


@given(group=st.integers(0, 14), pair=st.tuples(st.integers(0, 4), st.integers(0, 4)))
def test_exchanged_letters_are_found_in_their_group(group: int, pair: tuple[int, int]) -> None:
    groups = printed(split(b"s" * 32, set_number=5)[0]).replace("\n", "-").split("-")
    letters = list(groups[group])
    if letters[pair[0]] == letters[pair[1]]:
        return
    letters[pair[0]], letters[pair[1]] = letters[pair[1]], letters[pair[0]]
    groups[group] = "".join(letters)

    with pytest.raises(Refused, match=f"第{group + 1}组有错"):
        read("-".join(groups))


@given(pair=st.tuples(st.integers(0, 14), st.integers(0, 14)).filter(lambda pair: pair[0] < pair[1]))
def test_exchanged_groups_are_both_named(pair: tuple[int, int]) -> None:
    groups = printed(split(b"s" * 32, set_number=5)[0]).replace("\n", "-").split("-")
    first, second = pair
    groups[first], groups[second] = groups[second], groups[first]

    with pytest.raises(Refused, match=f"第{first + 1}、{second + 1}组有错"):
        read("-".join(groups))


def test_a_group_with_a_letter_too_few_is_named_and_so_is_one_with_a_foreign_letter() -> None:
    groups = printed(split(b"s" * 32, set_number=5)[0]).replace("\n", "-").split("-")

    with pytest.raises(Refused, match="第4组有错"):
        read("-".join([*groups[:3], groups[3][:-1], *groups[4:]]))
    with pytest.raises(Refused, match="第2、9组有错"):
        read("-".join([groups[0], "U" + groups[1][1:], *groups[2:8], "张" + groups[8][1:], *groups[9:]]))
    with pytest.raises(Refused, match="应有75个字符，现在是70个"):
        read("-".join(groups[:-1]))
    with pytest.raises(Refused, match="现在是0个"):
        read("")


def test_groups_that_are_right_each_for_itself_are_still_checked_together() -> None:
    ours, theirs = (printed(split(os.urandom(32), set_number=5)[0]).replace("\n", "-").split("-") for _ in range(2))

    with pytest.raises(Refused, match="校验不符"):
        read("-".join([*ours[:6], *theirs[6:]]))


def test_what_does_not_belong_together_is_refused_in_one_sentence() -> None:
    one, two = split(b"s" * 32, set_number=5)[:2]
    other = split(b"s" * 32, set_number=6)[1]

    with pytest.raises(Refused, match="第1张恢复单输入了两次"):
        rebuild([one, one])
    with pytest.raises(Refused, match=r"不是同一套（005、006）"):
        rebuild([one, other])
    with pytest.raises(Refused, match="需要2张，现在只有1张"):
        rebuild([one])
    with pytest.raises(Refused, match="需要2张，现在只有0张"):
        rebuild([])
    with pytest.raises(Refused, match="彼此不符"):
        rebuild([one, two, Share(3, 5, bytes(32))])


@pytest.mark.parametrize(
    "wrong",
    [{"secret": b"short"}, {"needed": 1}, {"needed": 4}, {"total": 32}, {"set_number": 2**15}],
)
def test_what_cannot_be_split_is_an_error_of_the_program(wrong: dict) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        split(**{"secret": b"s" * 32, "set_number": 1, **wrong})
