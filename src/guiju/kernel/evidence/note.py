"""Signed checkpoints of the log (签名的检查点): C2SP signed-note and tlog-checkpoint, Ed25519.

A checkpoint says how many leaves the log has and what its root is. Whoever keeps one holds the
log to it.
"""

from __future__ import annotations

import base64
import hashlib
from binascii import Error as NotBase64
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_ED25519 = b"\x01"
_LONGEST = 64 * 1024


class BadNote(ValueError):
    """Not a signed note, not a checkpoint, or not signed by the key that was asked for."""


def _key_hash(name: str, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:4]


def _check_name(name: str) -> str:
    if not name or "+" in name or any(letter.isspace() for letter in name):
        raise BadNote("a key's name has no blank and no plus sign")
    return name


def _decoded(text: str) -> bytes:
    try:
        found = base64.b64decode(text, validate=True)
    except (NotBase64, ValueError) as fault:
        raise BadNote("not base64") from fault
    if base64.b64encode(found).decode() != text:
        raise BadNote("not base64: the last letter has bits that nobody reads")
    return found


@dataclass(frozen=True)
class VerifierKey:
    """A public key by name, written name+hash+key (vkey)."""

    name: str
    public: bytes

    @classmethod
    def parse(cls, text: str) -> VerifierKey:
        parts = text.strip().split("+", 2)
        if len(parts) != 3:
            raise BadNote("a verifier key reads name+hash+key")
        name, found = _check_name(parts[0]), _decoded(parts[2])
        if len(found) != 33 or found[:1] != _ED25519 or _key_hash(name, found[1:]).hex() != parts[1]:
            raise BadNote("the verifier key is damaged, or not of the Ed25519 kind")
        return cls(name, found[1:])

    def __str__(self) -> str:
        return (
            f"{self.name}+{_key_hash(self.name, self.public).hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"
        )


@dataclass(frozen=True)
class SignerKey:
    """A private key by name, written PRIVATE+KEY+name+hash+key."""

    name: str
    private: bytes

    @classmethod
    def new(cls, name: str) -> SignerKey:
        return cls(_check_name(name), Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> SignerKey:
        parts = text.strip().split("+", 4)
        if len(parts) != 5 or parts[:2] != ["PRIVATE", "KEY"]:
            raise BadNote("a signer key reads PRIVATE+KEY+name+hash+key")
        name, found = _check_name(parts[2]), _decoded(parts[4])
        if len(found) != 33 or found[:1] != _ED25519:
            raise BadNote("the signer key is damaged, or not of the Ed25519 kind")
        key = cls(name, found[1:])
        if _key_hash(name, key.verifier.public).hex() != parts[3]:
            raise BadNote("the signer key is damaged")
        return key

    @property
    def verifier(self) -> VerifierKey:
        public = Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()
        return VerifierKey(self.name, public)

    def __str__(self) -> str:
        key = base64.b64encode(_ED25519 + self.private).decode()
        return f"PRIVATE+KEY+{self.name}+{_key_hash(self.name, self.verifier.public).hex()}+{key}"

    def __repr__(self) -> str:
        return f"SignerKey({self.name!r})"

    def sign(self, text: str) -> str:
        """The note: the text, an empty line, and the signature's line."""
        if not text.endswith("\n"):
            raise BadNote("a note's text ends with a line feed")
        signature = Ed25519PrivateKey.from_private_bytes(self.private).sign(text.encode())
        blob = _key_hash(self.name, self.verifier.public) + signature
        return f"{text}\n— {self.name} {base64.b64encode(blob).decode()}\n"


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint says: whose log, how many leaves, which root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    @property
    def body(self) -> str:
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def signed_text(note: str, key: VerifierKey) -> str:
    """The text of a note that this key signed; raises `BadNote`."""
    if len(note) > _LONGEST or "\r" in note:
        raise BadNote("not a signed note")
    body, mark, tail = note.rpartition("\n\n")
    if not mark or not body or not tail.endswith("\n"):
        raise BadNote("not a signed note: no empty line before the signatures")
    text = body + "\n"
    for line in tail[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, coded = rest.rpartition(" ")
        if dash != "—" or not name:
            raise BadNote("not a signed note: a signature's line reads — name base64")
        blob = _decoded(coded)
        if name == key.name and blob[:4] == _key_hash(key.name, key.public):
            try:
                Ed25519PublicKey.from_public_bytes(key.public).verify(blob[4:], text.encode())
            except InvalidSignature as fault:
                raise BadNote("the signature does not fit the text") from fault
            return text
    raise BadNote("not signed by this key")


def parse_checkpoint(text: str) -> Checkpoint:
    """A checkpoint's three lines; lines after them are extensions, which say nothing to us."""
    lines: Sequence[str] = text.split("\n")
    if len(lines) < 4 or not lines[0]:
        raise BadNote("a checkpoint has an origin, a size and a root")
    if not lines[1].isascii() or not lines[1].isdigit() or (lines[1] != "0" and lines[1].startswith("0")):
        raise BadNote("a checkpoint's size is a decimal number")
    if len(lines[1]) > 18:
        raise BadNote("a checkpoint's size is too large")
    root = _decoded(lines[2])
    if len(root) != 32:
        raise BadNote("a checkpoint's root has 32 bytes")
    return Checkpoint(lines[0], int(lines[1]), root)


def open_checkpoint(note: str, key: VerifierKey) -> Checkpoint:
    """The checkpoint that this key signed; its origin is the key's name. Raises `BadNote`."""
    found = parse_checkpoint(signed_text(note, key))
    if found.origin != key.name:
        raise BadNote("the checkpoint is of another log")
    return found
