"""Whether a value is a number of a known kind, by the name that column rules use (值的校验)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

from guiju.kernel.identifiers import Invalid, bank_card, identity_number, phone, plate, travel_document, unified_code

_EMAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,62})\.){1,4}[A-Za-z]{2,20}")
_LANDLINE = re.compile(r"\(?0[1-9][0-9]{1,2}\)?[- ]?[2-8][0-9]{6,7}(?:[-转][0-9]{1,6})?")


def _passes(check: Callable[[str], str]) -> Callable[[str], bool]:
    def is_valid(value: str) -> bool:
        try:
            check(value)
        except Invalid:
            return False
        return True

    return is_valid


def _is_phone(value: str) -> bool:
    return _passes(phone.check)(value) or bool(_LANDLINE.fullmatch(value.strip()))


def _is_bank_card(value: str) -> bool:
    """Luhn alone lets one number in ten pass: cards begin with a digit of issuers and have 15 to 19."""
    return value.strip()[:1] in {"3", "4", "5", "6"} and len(value.strip()) >= 15 and _passes(bank_card.check)(value)


def _is_ip(value: str) -> bool:
    try:
        ipaddress.ip_address(value.strip())
    except ValueError:
        return False
    return True


CHECKS: dict[str, Callable[[str], bool]] = {
    "identity_number": _passes(identity_number.check),
    "travel_document": _passes(travel_document.check),
    "bank_card": _is_bank_card,
    "phone": _is_phone,
    "plate": _passes(plate.check),
    "unified_code": _passes(unified_code.check),
    "email": lambda value: bool(_EMAIL.fullmatch(value.strip())),
    "ip": _is_ip,
}
