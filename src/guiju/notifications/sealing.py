"""Contents of notices and secrets of channels at rest (加密存储)."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from uuid import UUID

from guiju.keys.ring import keyring


@dataclass(frozen=True)
class Content:
    """What a notice says and to whom: the address of a customer, and of a member none."""

    title: str
    text: str
    values: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    phone: str = ""
    email: str = ""
    salt: str = ""
    """So that the digest, which outsiders see, tells nobody who tries out what was said."""


def seal_content(content: Content, *, entity: UUID, notice: UUID) -> tuple[bytes, str]:
    """The content sealed, and the digest (SHA-256, hexadecimal) that the log keeps of it with a new salt."""
    salted = replace(content, salt=secrets.token_hex(16))
    text = json.dumps(asdict(salted), ensure_ascii=False, separators=(",", ":")).encode()
    sealed = keyring().seal(text, entity=entity, place=b"notifications_notice.content/" + notice.bytes)
    return sealed, hashlib.sha256(text).hexdigest()


def open_content(sealed: bytes, *, entity: UUID, notice: UUID) -> Content:
    """Raises `Unsealable` for what was altered, moved, or sealed elsewhere."""
    text = keyring().open(sealed, entity=entity, place=b"notifications_notice.content/" + notice.bytes)
    return Content(**json.loads(text))


def seal_secret(secret: str, *, entity: UUID, channel: UUID) -> bytes:
    return keyring().seal(secret.encode(), entity=entity, place=b"notifications_channel.secret/" + channel.bytes)


def open_secret(sealed: bytes, *, entity: UUID, channel: UUID) -> str:
    """Raises `Unsealable`."""
    if not sealed:
        return ""
    return keyring().open(sealed, entity=entity, place=b"notifications_channel.secret/" + channel.bytes).decode()
