"""Codes that people read off a screen or a sheet and type (恢复码、激活码、恢复单).

Letters as in Crockford's base 32: no I, L, O, U, so that nothing can be read as something else.
"""

from __future__ import annotations

import hashlib
import secrets
import unicodedata

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code(length: int = 16) -> str:
    """A random code of 5 bits a letter, in groups of four: 7QXM-0B2F-…"""
    letters = "".join(secrets.choice(LETTERS) for _ in range(length))
    return "-".join(letters[start : start + 4] for start in range(0, length, 4))


def words_of(typed: str) -> list[str]:
    """The groups as they were typed: case, width and misread letters don't count, any other sign parts two."""
    plain = unicodedata.normalize("NFKC", typed).upper().translate(_MISREAD)
    return "".join(letter if letter.isalnum() else " " for letter in plain).split()


def digest_of(typed: str) -> bytes:
    """SHA-256 of a code however it was typed: case, width, spaces and dashes don't count."""
    return hashlib.sha256("".join(words_of(typed)).encode()).digest()
