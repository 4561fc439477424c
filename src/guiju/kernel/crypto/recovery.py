"""Sealed for the day when everything else is lost (恢复密钥): X25519, HKDF-SHA256, AES-256-GCM.

RFC 7748, RFC 5869, NIST SP 800-38D. The running system keeps a `Recipient`: it can seal and never
open. The private key exists on the printed sheets only (`guiju.kernel.crypto.shares`). A recipient
holds, beside the public key, a secret that follows from the private one: what opens was sealed by
this installation, and not by somebody who merely can write to where backups lie.

A sealed value is version and algorithm (2 bytes), the public half of a key made for this value
(32), then text and tag (16). Every value has a key of its own, so its nonce may be fixed.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.crypto.shares import SET_NUMBERS, Share, split

OVERHEAD = 2 + 32 + 16
"""By how many bytes a sealed value is longer than what is in it."""

_HEADER = b"\x01\x01"
_KEY = 32


@dataclass(frozen=True)
class Recipient:
    """What a running system needs in order to seal; `sender` is a secret, `public` is none."""

    public: bytes
    sender: bytes

    def __repr__(self) -> str:
        return f"Recipient({self.name})"

    @property
    def name(self) -> str:
        """Which key it is, in 16 hexadecimal digits."""
        return hashlib.sha256(b"guiju/recovery-name/1\x00" + self.public).hexdigest()[:16]

    @property
    def set_number(self) -> int:
        """The number that the sheets of this key carry."""
        return int(self.name, 16) % SET_NUMBERS

    def text(self) -> str:
        return base64.b64encode(self.public + self.sender).decode()

    @classmethod
    def of_text(cls, text: str) -> Recipient:
        try:
            both = base64.b64decode(text, validate=True)
        except ValueError:
            both = b""
        if len(both) != 2 * _KEY:
            raise ValueError("not a recipient")
        return cls(both[:_KEY], both[_KEY:])


def new_private_key() -> bytes:
    """32 bytes to be printed as sheets and forgotten."""
    return X25519PrivateKey.generate().private_bytes_raw()


def recipient_of(private: bytes) -> Recipient:
    """What the running system keeps of a private key."""
    sender = HKDF(SHA256(), _KEY, salt=None, info=b"guiju/recovery-sender/1").derive(private)
    return Recipient(X25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw(), sender)


def sheets_of(private: bytes) -> list[Share]:
    """Three shares of the private key, of which any two rebuild it."""
    return split(private, set_number=recipient_of(private).set_number)


def seal_to(recipient: Recipient, text: bytes, *, place: bytes) -> bytes:
    """Seal bytes for one place; only the private key opens them, and there only."""
    once = X25519PrivateKey.generate()
    header = _HEADER + once.public_key().public_bytes_raw()
    common = once.exchange(X25519PublicKey.from_public_bytes(recipient.public))
    key, nonce = _derived(common, recipient, header)
    return header + AESGCM(key).encrypt(nonce, text, header + place)


def open_with(private: bytes, sealed: bytes, *, place: bytes) -> bytes:
    """The bytes; raises `Unsealable` for what was altered, moved, or sealed for or by somebody else."""
    header, body = sealed[: len(_HEADER) + _KEY], sealed[len(_HEADER) + _KEY :]
    if header[: len(_HEADER)] != _HEADER or len(sealed) < OVERHEAD:
        raise Unsealable("not a value sealed for recovery")
    try:
        once = X25519PublicKey.from_public_bytes(header[len(_HEADER) :])
        common = X25519PrivateKey.from_private_bytes(private).exchange(once)
        key, nonce = _derived(common, recipient_of(private), header)
        return AESGCM(key).decrypt(nonce, body, header + place)
    except (InvalidTag, ValueError) as fault:
        raise Unsealable("sealed value does not open") from fault


def _derived(common: bytes, recipient: Recipient, header: bytes) -> tuple[bytes, bytes]:
    info = b"guiju/recovery/1\x00" + header + recipient.public
    both = HKDF(SHA256(), 32 + 12, salt=recipient.sender, info=info).derive(common)
    return both[:32], both[32:]
