"""Who can sign in to the demo; read without Django."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pyotp

from guiju.database.embedded import private
from guiju.project.folder import DataFolder


@dataclass(frozen=True)
class Account:
    """One person of the demo; `totp_secret` is None for those of whom no second factor is asked."""

    user: str
    password: str
    totp_secret: str | None
    name: str
    entity: str
    roles: tuple[str, ...]


def accounts_of(folder: DataFolder) -> list[dict[str, Any]]:
    """What `guiju demo accounts` prints; empty before the demo is loaded."""
    try:
        stored: list[dict[str, Any]] = json.loads((folder.path / "demo_accounts.json").read_text("utf-8"))
    except FileNotFoundError:
        return []
    return stored


def code_of(account: dict[str, Any], *, at: datetime) -> str:
    """What the account's authenticator would show now; empty without a second factor."""
    secret = account["totp_secret"]
    return str(pyotp.TOTP(secret).at(at)) if secret else ""


def keep_accounts(folder: DataFolder, accounts: Iterable[Account]) -> None:
    path = folder.path / "demo_accounts.json"
    with open(path, "w", encoding="utf-8", opener=private) as file:
        json.dump([asdict(account) for account in accounts], file, ensure_ascii=False, indent=1)
