"""The number of a case, and the code that opens it (投诉编号、查询码).

A number says of which company the case is and on which day it began, and nothing of how many there are. It is read out
on the phone: no letters that look like digits, and a last sign that finds what was mistyped.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from datetime import date
from uuid import UUID

_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: without I, L, O, U."""

_LOOKALIKES = str.maketrans("ILO", "110")
_FORM = re.compile(rf"TS(\d{{6}})([{_SIGNS}]{{3}})([{_SIGNS}]{{7}})([{_SIGNS}])")
CODE_SIGNS = 10
"""Fifty bits, and too many wrong ones are refused."""


def new_number(entity_id: UUID, on: date) -> str:
    """TS261129-7K3Q4M8-X2V1: day, company, chance, check."""
    body = f"{on:%y%m%d}{company_mark(entity_id)}{_chance(7)}"
    return _written(f"TS{body}{_check(body)}")


def company_mark(entity_id: UUID) -> str:
    """Three signs that point to a company; several may share them, and then each of them is asked."""
    found = int.from_bytes(hashlib.sha256(b"guiju/complaints/1\x00" + entity_id.bytes).digest()[:2])
    return "".join(_SIGNS[(found >> shift) & 31] for shift in (10, 5, 0))


def read_number(text: str) -> tuple[str, str] | None:
    """A number as somebody typed it in its standard spelling, and the mark of its company; None for what is none."""
    plain = re.sub(r"[\s\-–—_]", "", text.strip().upper()).translate(_LOOKALIKES)
    found = _FORM.fullmatch(plain)
    if found is None or _check(plain[2:-1]) != found[4]:
        return None
    return _written(plain), found[2]


def new_code() -> str:
    return _chance(CODE_SIGNS)


def digest_of_code(code: str) -> bytes:
    plain = re.sub(r"[\s\-]", "", code.strip().upper()).translate(_LOOKALIKES)
    return hashlib.sha256(b"guiju/complaint-code/1\x00" + plain.encode()).digest()


def _chance(signs: int) -> str:
    return "".join(secrets.choice(_SIGNS) for _ in range(signs))


def _check(body: str) -> str:
    """One mistyped sign and two exchanged neighbours change it."""
    return _SIGNS[sum((2 * place + 1) * _SIGNS.index(sign) for place, sign in enumerate(body)) % 32]


def _written(plain: str) -> str:
    return f"{plain[:8]}-{plain[8:15]}-{plain[15:]}"
