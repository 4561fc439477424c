"""A secret in several hands (恢复单): any two of three printed sheets rebuild it, one tells nothing.

Shamir, How to share a secret (1979), byte by byte over the field of AES, GF(256) with x⁸+x⁴+x³+x+1
(FIPS 197 §4.2). A sheet is 15 groups of five letters. The first says which share it is and to which
set it belongs; the other 14 carry the share's 32 bytes and three bytes of SHA-256 over all of them.
The fifth letter of each group checks the four before it and the group's place: one letter mistyped,
two letters exchanged, or two groups exchanged are found where they are.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import reduce

from guiju.kernel.crypto.typed import LETTERS, words_of
from guiju.kernel.errors import Refused

SECRET_BYTES = 32
SET_NUMBERS = 2**15

_CHECK_BYTES = 3
_GROUPS = 1 + (SECRET_BYTES + _CHECK_BYTES) * 8 // 20
_WIDTH = 5
_LINE = 5


@dataclass(frozen=True)
class Share:
    """One of the parts: its number is where the polynomials were evaluated."""

    number: int
    set_number: int
    values: bytes

    @property
    def set_name(self) -> str:
        """How the sheet shows its set, so that people see which sheets belong together."""
        return set_name_of(self.set_number)


def set_name_of(set_number: int) -> str:
    """The three letters that stand on all sheets of a set."""
    return "".join(LETTERS[set_number >> shift & 31] for shift in (10, 5, 0))


def split(
    secret: bytes,
    *,
    set_number: int,
    needed: int = 2,
    total: int = 3,
    randomness: Callable[[int], bytes] = os.urandom,
) -> list[Share]:
    """Shares of a secret; any `needed` of them rebuild it."""
    if len(secret) != SECRET_BYTES or not 1 < needed <= total <= 31 or not 0 <= set_number < SET_NUMBERS:
        raise ValueError("a secret of 32 bytes, 2 to 31 shares, and a set number of 15 bits")
    coefficients = [secret, *(randomness(SECRET_BYTES) for _ in range(needed - 1))]
    polynomials = list(zip(*coefficients, strict=True))
    return [
        Share(number, set_number, bytes(_value(polynomial, number) for polynomial in polynomials))
        for number in range(1, total + 1)
    ]


def rebuild(shares: Sequence[Share], *, needed: int = 2) -> bytes:
    """The secret; raises `Refused` for shares that don't belong together or are too few."""
    if len({share.set_number for share in shares}) > 1:
        names = "、".join(dict.fromkeys(share.set_name for share in shares))
        raise Refused("shares_of_sets", f"这些恢复单不是同一套（{names}）：请用同一次打印的恢复单")
    numbers = [share.number for share in shares]
    for number in numbers:
        if numbers.count(number) > 1:
            raise Refused("shares_equal", f"第{number}张恢复单输入了两次：请输入另外一张")
    if len(shares) < needed:
        raise Refused("shares_too_few", f"恢复单不够：需要{needed}张，现在只有{len(shares)}张")
    secret = _at_zero(shares[:needed])
    # A polynomial of the lower degree goes through all of them, or they were never of one secret.
    if any(_at_zero([*shares[: needed - 1], other]) != secret for other in shares[needed:]):
        raise Refused("shares_disagree", "这几张恢复单彼此不符：请用同一次打印的恢复单")
    return secret


def printed(share: Share) -> str:
    """The text of a sheet: three lines of five groups."""
    head = share.number << 15 | share.set_number
    body = int.from_bytes(share.values + _digest(share), "big")
    twenties = [head, *(body >> 20 * place & 0xFFFFF for place in reversed(range(_GROUPS - 1)))]
    groups = []
    for place, bits in enumerate(twenties):
        letters = [bits >> shift & 31 for shift in (15, 10, 5, 0)]
        groups.append("".join(LETTERS[letter] for letter in (*letters, _folded([*letters, 0]) ^ place)))
    return "\n".join("-".join(groups[start : start + _LINE]) for start in range(0, _GROUPS, _LINE))


def read(typed: str) -> Share:
    """A share as somebody typed it off a sheet; raises `Refused` and says which groups are wrong."""
    groups = _groups(typed)
    wrong = [place for place, group in enumerate(groups) if not _is_right(group, place)]
    if wrong:
        places = "、".join(str(place + 1) for place in wrong)
        raise Refused("share_mistyped", f"恢复单的第{places}组有错：请对照纸面重新输入")
    bits = reduce(lambda so_far, group: so_far << 20 | _twenty(group), groups, 0)
    head, body = divmod(bits, 1 << 20 * (_GROUPS - 1))
    number, set_number = divmod(head, SET_NUMBERS)
    whole = body.to_bytes(SECRET_BYTES + _CHECK_BYTES, "big")
    share = Share(number, set_number, whole[:SECRET_BYTES])
    if number == 0 or whole[SECRET_BYTES:] != _digest(share):
        raise Refused("share_mistyped", "恢复单的校验不符，有不止一处输入错误：请对照纸面逐组核对")
    return share


def _groups(typed: str) -> list[str]:
    """The 15 groups; where somebody left out or added letters, the group is named."""
    words = words_of(typed)
    if len(words) != _GROUPS:
        run = "".join(words)
        words = [run[start : start + _WIDTH] for start in range(0, len(run), _WIDTH)]
        if len(run) != _GROUPS * _WIDTH:
            raise Refused("share_length", f"恢复单应有{_GROUPS * _WIDTH}个字符，现在是{len(run)}个：请对照纸面核对")
    return words


def _is_right(group: str, place: int) -> bool:
    letters = [LETTERS.find(letter) for letter in group]
    return len(letters) == _WIDTH and -1 not in letters and _folded(letters) == place


def _twenty(group: str) -> int:
    return reduce(lambda so_far, letter: so_far << 5 | LETTERS.index(letter), group[:-1], 0)


def _folded(letters: Sequence[int]) -> int:
    """The letters as a polynomial at x in GF(32) with x⁵+x²+1: each place has a factor of its own."""
    sum_ = 0
    for letter in letters:
        sum_ = (sum_ << 1 ^ (0b100101 if sum_ & 16 else 0)) ^ letter
    return sum_


def _digest(share: Share) -> bytes:
    head = b"guiju/share/1\x00" + bytes([share.number]) + share.set_number.to_bytes(2, "big")
    return hashlib.sha256(head + share.values).digest()[:_CHECK_BYTES]


def _value(polynomial: Sequence[int], at: int) -> int:
    return reduce(lambda sum_, factor: _times(sum_, at) ^ factor, reversed(polynomial))


def _at_zero(shares: Sequence[Share]) -> bytes:
    """Lagrange's polynomial at 0; in this field minus is plus."""
    factors = []
    for share in shares:
        factor = 1
        for other in shares:
            if other is not share:
                factor = _times(factor, _times(other.number, _inverse(other.number ^ share.number)))
        factors.append(factor)
    columns = zip(*(share.values for share in shares), strict=True)
    return bytes(
        reduce(lambda sum_, term: sum_ ^ _times(*term), zip(column, factors, strict=True), 0) for column in columns
    )


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left = left << 1 ^ (0x11B if left & 0x80 else 0)
        right >>= 1
    return product


def _inverse(value: int) -> int:
    """value²⁵⁴, because value²⁵⁵ = 1."""
    return reduce(lambda so_far, _: _times(so_far, value), range(253), value)
