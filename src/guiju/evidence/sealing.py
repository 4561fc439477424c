"""Values and salts of a version at rest (修改历史的密文): salts first, then the values as JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec

from guiju.kernel.crypto.envelope import Keyring
from guiju.kernel.crypto.sealed import Unsealable
from guiju.kernel.evidence import SALT_BYTES, canonical

ERASED = bytes(SALT_BYTES)
"""In place of a salt: value and salt were destroyed (删除)."""


@dataclass(frozen=True)
class Opened:
    """Values of a version by field code, in the order of its schema, and their salts."""

    values: Mapping[str, Any]
    salts: bytes

    def salt_of(self, code: str) -> bytes:
        at = list(self.values).index(code) * SALT_BYTES
        return self.salts[at : at + SALT_BYTES]


def _place(revision_id: UUID) -> bytes:
    return b"evidence_revision.sealed/" + revision_id.bytes


def seal_version(
    ring: Keyring, entity_id: UUID, revision_id: UUID, *, salts: bytes, values: Mapping[str, Any]
) -> bytes:
    return ring.seal(salts + msgspec.json.encode(values), entity=entity_id, place=_place(revision_id))


def open_version(ring: Keyring, entity_id: UUID, revision_id: UUID, sealed: bytes, *, fields: int) -> Opened:
    """The content of a version of so many fields; raises `Unsealable`."""
    text = ring.open(sealed, entity=entity_id, place=_place(revision_id))
    cut = fields * SALT_BYTES
    try:
        return Opened(json.loads(text[cut:]), text[:cut])
    except ValueError as fault:
        raise Unsealable("what was sealed has another number of fields than the version says") from fault


def digest_of_lines(lines: Iterable[tuple[UUID, Iterable[str]]]) -> str:
    """SHA-256 over which fields of which versions were erased, whatever the order they are given in; hexadecimal."""
    said = sorted([str(revision), *sorted(codes)] for revision, codes in lines)
    return hashlib.sha256(b"guiju/erasure/1\x00" + canonical(said)).hexdigest()
