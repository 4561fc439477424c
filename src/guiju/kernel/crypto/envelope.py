"""Values at rest, sealed for one company (加密存储, 个人信息保护法 第五十一条): keys in envelopes.

Each company has data keys of its own; they lie wrapped under the master key, which is kept outside
of the database. A sealed value is version (1 byte), algorithm (1), number of its data key (4, big
endian), nonce (12), then text and tag (16). What the value belongs to (company, table.column, record)
is authenticated with it: it opens nowhere else.

AES-256-GCM (NIST SP 800-38D) or SM4-GCM (GB/T 32907, RFC 8998); keys are wrapped with AES-256-GCM
under HKDF-SHA256 (RFC 5869) of the master key. A company's key changes by sealing its values anew, the
master key by wrapping the company's keys anew: while that goes on, a keyring knows two master keys.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from guiju.kernel.crypto.sealed import Unsealable

_VERSION = 2
_HEADER, _NONCE, _TAG = 6, 12, 16
NUMBER_BYTES = 4
"""From the third byte on."""
INDEX_BYTES = 16
"""Bytes of a blind index: enough that two values of one company never meet by chance."""


class Algorithm(IntEnum):
    """How values are sealed; the number stands in each of them."""

    AES_256_GCM = 1
    SM4_GCM = 2

    @property
    def key_bytes(self) -> int:
        return 32 if self is Algorithm.AES_256_GCM else 16

    @property
    def label(self) -> str:
        """As people write it: SM4-GCM."""
        return self.name.replace("_", "-")


def algorithm_named(label: str) -> Algorithm:
    """The algorithm that people write so."""
    return next(one for one in Algorithm if one.label == label)


VALUES, INDEX = "values", "index"
"""What a data key is for: sealing values, or finding them without opening them."""


@dataclass(frozen=True)
class WrappedKey:
    """A data key as it lies in the database; opens with the master key only."""

    number: int
    entity: UUID
    use: str
    algorithm: Algorithm
    wrapped: bytes


class KeySource(Protocol):
    """Where the wrapped keys come from."""

    def current(self, entity: UUID, use: str) -> WrappedKey:
        """The key under which a company seals now."""

    def numbered(self, number: int) -> WrappedKey | None:
        """A key of any time; None for a number that was never given, or whose key was destroyed."""


class _Cipher(Protocol):
    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...
    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes: ...


class SM4GCM:
    """SM4-GCM with the interface of `AESGCM` (RFC 8998): the library has no one-shot class for it."""

    def __init__(self, key: bytes) -> None:
        self._cipher = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        sealing = Cipher(self._cipher, modes.GCM(nonce)).encryptor()
        sealing.authenticate_additional_data(associated_data)
        return sealing.update(data) + sealing.finalize() + sealing.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes, /) -> bytes:
        text, tag = data[:-_TAG], data[-_TAG:]
        opening = Cipher(self._cipher, modes.GCM(nonce, tag)).decryptor()
        opening.authenticate_additional_data(associated_data)
        return opening.update(text) + opening.finalize()


def _cipher(algorithm: Algorithm, key: bytes) -> _Cipher:
    return AESGCM(key) if algorithm is Algorithm.AES_256_GCM else SM4GCM(key)


def _derived(master: str, info: bytes) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=info).derive(master.encode())


def _bound_to(entity: UUID, use: str, algorithm: Algorithm) -> bytes:
    return b"guiju/data-key/2\x00" + entity.bytes + bytes([algorithm]) + use.encode()


def new_wrapped_key(master: str, *, entity: UUID, use: str, algorithm: Algorithm) -> bytes:
    """A new data key of a company, wrapped; nobody but the master key's holder ever sees it."""
    return wrap(master, os.urandom(algorithm.key_bytes), entity=entity, use=use, algorithm=algorithm)


def wrap(master: str, key: bytes, *, entity: UUID, use: str, algorithm: Algorithm) -> bytes:
    nonce = os.urandom(_NONCE)
    wrapping = AESGCM(_derived(master, b"guiju/wrap/2"))
    return nonce + wrapping.encrypt(nonce, key, _bound_to(entity, use, algorithm))


def unwrap(master: str, found: WrappedKey) -> bytes:
    """The data key; raises `Unsealable` under another master key, or for one that was altered or moved."""
    bound = _bound_to(found.entity, found.use, found.algorithm)
    try:
        wrapping = AESGCM(_derived(master, b"guiju/wrap/2"))
        return wrapping.decrypt(found.wrapped[:_NONCE], found.wrapped[_NONCE:], bound)
    except (InvalidTag, ValueError) as fault:
        raise Unsealable("data key does not open under this master key") from fault


def unwrap_with_any(masters: Sequence[str], found: WrappedKey) -> bytes:
    """The data key, by the first master key that opens it; raises `Unsealable` where none does."""
    for master in masters[:-1]:
        with suppress(Unsealable):
            return unwrap(master, found)
    return unwrap(masters[-1], found)


class Keyring:
    """The keys of an installation: its master keys, and the data keys wrapped under them.

    Of several master keys any opens a data key: one that is being changed is known beside the next.
    """

    def __init__(self, masters: Sequence[str], source: KeySource) -> None:
        if not masters or not all(masters):
            raise ValueError("a keyring needs its master secret")
        self._source = source
        # Bound caches: each keyring forgets its keys with itself.
        self._opened: Callable[[WrappedKey], bytes] = lru_cache(maxsize=8192)(
            lambda found: unwrap_with_any(masters, found)
        )
        self._ready: Callable[[WrappedKey], _Cipher] = lru_cache(maxsize=8192)(
            lambda found: _cipher(found.algorithm, self._opened(found))
        )

    def seal(self, text: bytes, *, entity: UUID, place: bytes) -> bytes:
        """Seal bytes of a company for one place (table.column/record)."""
        key = self._source.current(entity, VALUES)
        header = bytes([_VERSION, key.algorithm]) + key.number.to_bytes(NUMBER_BYTES, "big")
        nonce = os.urandom(_NONCE)
        return header + nonce + self._ready(key).encrypt(nonce, text, header + entity.bytes + place)

    def number_of(self, entity: UUID) -> int:
        """The number of the key under which a company seals now."""
        return self._source.current(entity, VALUES).number

    def open(self, sealed: bytes, *, entity: UUID, place: bytes) -> bytes:
        """The bytes; raises `Unsealable` for a value that was altered, moved, or sealed under another key."""
        header, nonce, body = sealed[:_HEADER], sealed[_HEADER : _HEADER + _NONCE], sealed[_HEADER + _NONCE :]
        if len(body) < _TAG:
            raise Unsealable("not a sealed value")
        try:
            return self._ready(self._key_of(header, entity)).decrypt(nonce, body, header + entity.bytes + place)
        except (InvalidTag, ValueError) as fault:
            raise Unsealable("sealed value does not open") from fault

    def _key_of(self, header: bytes, entity: UUID) -> WrappedKey:
        found = self._source.numbered(key_number(header))
        if header[0] != _VERSION or found is None or found.algorithm != header[1]:
            raise Unsealable("sealed under a key that is not known, or not a sealed value")
        if found.entity != entity or found.use != VALUES:
            raise Unsealable("sealed under the key of another company")
        return found

    def index(self, text: str, *, entity: UUID, place: str) -> bytes:
        """By what a value is found that lies sealed (盲索引): the same for the same text of one company and place."""
        key = self._source.current(entity, INDEX)
        digest = "sm3" if key.algorithm is Algorithm.SM4_GCM else "sha256"
        framed = place.encode() + b"\x00" + text.encode()
        return hmac.digest(self._opened(key), framed, digest)[:INDEX_BYTES]


def key_number(sealed: bytes) -> int:
    """The number of the data key under which a value lies; 0 for what is no sealed value."""
    return int.from_bytes(sealed[2:_HEADER], "big") if sealed[:1] == bytes([_VERSION]) else 0
