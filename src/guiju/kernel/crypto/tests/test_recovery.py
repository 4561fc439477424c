"""What was sealed for recovery opens with the sheets only, in its place only, and comes from us."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from guiju.kernel.crypto.recovery import (
    OVERHEAD,
    Recipient,
    new_private_key,
    open_with,
    recipient_of,
    seal_to,
    sheets_of,
)
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.crypto.shares import printed, read, rebuild

PRIVATE = new_private_key()
RECIPIENT = recipient_of(PRIVATE)


@given(text=st.binary(max_size=300), place=st.binary(max_size=20))
def test_what_was_sealed_opens_with_the_private_key(text: bytes, place: bytes) -> None:
    sealed = seal_to(RECIPIENT, text, place=place)

    assert open_with(PRIVATE, sealed, place=place) == text
    assert len(sealed) == len(text) + OVERHEAD


def test_two_sheets_open_what_the_running_system_sealed() -> None:
    sealed = seal_to(RECIPIENT, "钥匙".encode(), place=b"secrets")
    first, _, third = (printed(sheet) for sheet in sheets_of(PRIVATE))

    assert open_with(rebuild([read(third), read(first)]), sealed, place=b"secrets").decode() == "钥匙"
    assert read(first).set_number == RECIPIENT.set_number


def test_any_altered_or_missing_byte_another_place_and_another_key_are_refused() -> None:
    sealed = seal_to(RECIPIENT, b"x", place=b"p")

    for at in range(len(sealed)):
        with pytest.raises(Unsealable):
            open_with(PRIVATE, sealed[:at] + bytes([sealed[at] ^ 1]) + sealed[at + 1 :], place=b"p")
        with pytest.raises(Unsealable):
            open_with(PRIVATE, sealed[:at], place=b"p")
    for private, place in ((PRIVATE, b"q"), (new_private_key(), b"p")):
        with pytest.raises(Unsealable):
            open_with(private, sealed, place=place)


def test_who_knows_the_public_key_only_cannot_forge() -> None:
    forged = seal_to(Recipient(RECIPIENT.public, bytes(32)), b"x", place=b"p")

    with pytest.raises(Unsealable):
        open_with(PRIVATE, forged, place=b"p")


def test_a_key_that_yields_no_common_secret_is_refused() -> None:
    sealed = seal_to(RECIPIENT, b"x", place=b"p")

    with pytest.raises(Unsealable):
        open_with(PRIVATE, sealed[:2] + bytes(32) + sealed[34:], place=b"p")


def test_a_sealed_value_opens_by_the_formula_written_out() -> None:
    """HKDF by hand (RFC 5869), so that another program could open a backup from this description."""
    sealed = seal_to(RECIPIENT, b"text", place=b"p")
    once = X25519PublicKey.from_public_bytes(sealed[2:34])
    common = X25519PrivateKey.from_private_bytes(PRIVATE).exchange(once)

    def mac(key: bytes, text: bytes) -> bytes:
        made = hmac.HMAC(key, hashes.SHA256())
        made.update(text)
        return made.finalize()

    sender = mac(mac(bytes(32), PRIVATE), b"guiju/recovery-sender/1\x01")
    extracted = mac(sender, common)
    info = b"guiju/recovery/1\x00" + sealed[:34] + RECIPIENT.public
    first = mac(extracted, info + b"\x01")
    second = mac(extracted, first + info + b"\x02")
    assert AESGCM(first).decrypt(second[:12], sealed[34:], sealed[:34] + b"p") == b"text"


def test_a_recipient_is_written_as_text_and_read_again() -> None:
    assert Recipient.of_text(RECIPIENT.text()) == RECIPIENT
    assert RECIPIENT.sender.hex() not in repr(RECIPIENT)
    for wrong in ("", "AAAA", "不是"):
        with pytest.raises(ValueError, match="recipient"):
            Recipient.of_text(wrong)
