"""Files of any size, sealed for recovery piece by piece (加密文件): the STREAM construction.

Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015), with the nonces of age: a file is a header and
chunks of 1 MiB, each sealed by AES-256-GCM or SM4-GCM (GB/T 32907, RFC 8998) under a nonce that is
the chunk's number and a mark on the last one. So a chunk that was altered, left out, exchanged or
taken from another file is found, and so is an end that came too early.

Header: magic, version, algorithm, number of recipients; then for each the name of its key and the
file's own key, sealed for it and for the place that the file has. The key of the chunks follows from
the file's key and the whole header.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import IntEnum
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guiju.kernel.crypto.recovery import OVERHEAD, Recipient, open_with, recipient_of, seal_to
from guiju.kernel.crypto.sealed import Unsealable

CHUNK, TAG = 2**20, 16
"""Bytes of a piece, and those that sealing adds to it."""

_MAGIC = b"guiju-stream"
_VERSION = 1
_FILE_KEY = 32
_SEALED_KEY = _FILE_KEY + OVERHEAD
_HEAD = len(_MAGIC) + 3
_NAME = 8


class Algorithm(IntEnum):
    AES_256_GCM = 1
    SM4_GCM = 2


def encrypt(
    source: BinaryIO,
    target: BinaryIO,
    *,
    recipients: Sequence[Recipient],
    place: bytes,
    algorithm: Algorithm = Algorithm.AES_256_GCM,
) -> None:
    """Seal all of `source` into `target`; the private key of any one recipient opens it."""
    for part in encrypted(source, recipients=recipients, place=place, algorithm=algorithm):
        target.write(part)


def decrypt(source: BinaryIO, target: BinaryIO, *, private: bytes, place: bytes) -> None:
    """Open `source` into `target`; raises `Unsealable`, and what was written until then is genuine but not whole."""
    for part in decrypted(source, private=private, place=place):
        target.write(part)


def encrypted(
    source: BinaryIO, *, recipients: Sequence[Recipient], place: bytes, algorithm: Algorithm = Algorithm.AES_256_GCM
) -> Iterator[bytes]:
    """The sealed file in parts, for those who pull; holds two chunks at a time."""
    head = _MAGIC + bytes([_VERSION, algorithm, len(recipients)])
    file_key = os.urandom(_FILE_KEY)
    header = head + b"".join(
        bytes.fromhex(recipient.name) + seal_to(recipient, file_key, place=head + place) for recipient in recipients
    )
    seal, _ = _cipher(algorithm, file_key, header)
    yield header
    for nonce, chunk in _chunks(source, CHUNK):
        yield seal(nonce, chunk)


def decrypted(source: BinaryIO, *, private: bytes, place: bytes) -> Iterator[bytes]:
    """What is in a sealed file, in parts, each only after it was found genuine; raises `Unsealable`."""
    head = _read(source, _HEAD)
    if head[:-2] != _MAGIC + bytes([_VERSION]) or head[-2] not in {one.value for one in Algorithm}:
        raise Unsealable("not a sealed file, or of a version that is not known")
    keys = _read(source, head[-1] * (_NAME + _SEALED_KEY))
    ours = bytes.fromhex(recipient_of(private).name)
    for start in range(0, len(keys), _NAME + _SEALED_KEY):
        name, sealed_key = keys[start : start + _NAME], keys[start + _NAME : start + _NAME + _SEALED_KEY]
        if name == ours:
            file_key = open_with(private, sealed_key, place=head + place)
            break
    else:
        raise Unsealable("sealed for others")
    _, unseal = _cipher(Algorithm(head[-2]), file_key, head + keys)
    for nonce, chunk in _chunks(source, CHUNK + TAG):
        try:
            text = unseal(nonce, chunk)
        except (InvalidTag, ValueError) as fault:
            raise Unsealable(f"chunk {int.from_bytes(nonce[:-1], 'big') + 1} does not open") from fault
        if text or nonce == _nonce(0, is_last=True):
            yield text
        else:
            raise Unsealable("an empty chunk at the end")


def new_file_key() -> bytes:
    return os.urandom(_FILE_KEY)


def sealed_chunks(source: BinaryIO, *, file_key: bytes, place: bytes, algorithm: Algorithm) -> Iterator[bytes]:
    """The chunks of `source` under a key of its own, for those who keep the key and each chunk by its number."""
    seal, _ = _cipher(algorithm, file_key, _head_of(place, algorithm))
    for nonce, chunk in _chunks(source, CHUNK):
        yield seal(nonce, chunk)


def opened_chunks(
    sealed: Iterable[bytes], *, count: int, file_key: bytes, place: bytes, algorithm: Algorithm
) -> Iterator[bytes]:
    """What is in `count` chunks, each only after it was found genuine; raises `Unsealable`, also where some are missing."""
    _, unseal = _cipher(algorithm, file_key, _head_of(place, algorithm))
    number = 0
    for number, chunk in enumerate(sealed, start=1):
        try:
            yield unseal(_nonce(number - 1, is_last=number == count), chunk)
        except (InvalidTag, ValueError) as fault:
            raise Unsealable(f"chunk {number} does not open") from fault
    if number != count:
        raise Unsealable(f"{number} chunks of {count}")


def _head_of(place: bytes, algorithm: Algorithm) -> bytes:
    """In the place of a header: what the chunks belong to."""
    return _MAGIC + bytes([_VERSION, algorithm, 0]) + place


_Turn = Callable[[bytes, bytes], bytes]


def _cipher(algorithm: Algorithm, file_key: bytes, header: bytes) -> tuple[_Turn, _Turn]:
    length = 32 if algorithm == Algorithm.AES_256_GCM else 16
    info = b"guiju/stream/1\x00" + hashlib.sha256(header).digest()
    key = HKDF(SHA256(), length, salt=None, info=info).derive(file_key)
    if algorithm == Algorithm.AES_256_GCM:
        aes = AESGCM(key)
        return lambda nonce, text: aes.encrypt(nonce, text, None), lambda nonce, text: aes.decrypt(nonce, text, None)
    sm4 = SM4(key)

    def seal(nonce: bytes, text: bytes) -> bytes:
        sealing = Cipher(sm4, modes.GCM(nonce)).encryptor()
        return sealing.update(text) + sealing.finalize() + sealing.tag

    def unseal(nonce: bytes, sealed: bytes) -> bytes:
        opening = Cipher(sm4, modes.GCM(nonce, sealed[-TAG:])).decryptor()
        return opening.update(sealed[:-TAG]) + opening.finalize()

    return seal, unseal


def _nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _chunks(source: BinaryIO, size: int) -> Iterator[tuple[bytes, bytes]]:
    """Nonce and chunk; which one is the last is known only when nothing comes after it."""
    number, chunk = 0, _read(source, size)
    while True:
        following = _read(source, size) if len(chunk) == size else b""
        yield _nonce(number, is_last=not following), chunk
        if not following:
            return
        number, chunk = number + 1, following


def _read(source: BinaryIO, size: int) -> bytes:
    """As many bytes as asked for, fewer only at the end: a pipe gives what it has."""
    parts = []
    while size and (part := source.read(size)):
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
