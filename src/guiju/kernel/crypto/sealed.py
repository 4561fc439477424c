"""Small secrets at rest (加密存储): AES-256-GCM under a key derived from the installation's own.

NIST SP 800-38D (GCM), RFC 5869 (HKDF). A sealed value is nonce (12 bytes), then text and tag.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE = 12


class Unsealable(ValueError):
    """The value was altered, belongs elsewhere, or was sealed under another key."""


def _key(master: str, place: str) -> AESGCM:
    return AESGCM(HKDF(SHA256(), 32, salt=None, info=place.encode()).derive(master.encode()))


def seal(text: str, *, master: str, place: str) -> bytes:
    """Seal a text for one place (table.column/record); it opens nowhere else."""
    nonce = os.urandom(_NONCE)
    return nonce + _key(master, place).encrypt(nonce, text.encode(), place.encode())


def unseal(sealed: bytes, *, master: str, place: str) -> str:
    """The text; raises `Unsealable`."""
    try:
        return _key(master, place).decrypt(sealed[:_NONCE], sealed[_NONCE:], place.encode()).decode()
    except (InvalidTag, ValueError) as fault:
        raise Unsealable("sealed value does not open") from fault
