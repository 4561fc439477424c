"""A new recovery key: half of it onto three sheets, half of it into the data folder (恢复密钥)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from django.db import transaction

from guiju.backups.standing import (
    SHEETS,
    Decided,
    bucket_settings,
    new_drill_key,
    read_decided,
    target_at,
    write_decided,
)
from guiju.kernel.crypto.recovery import new_private_key, recipient_of, sheets_of
from guiju.kernel.crypto.shares import Share
from guiju.kernel.errors import Refused
from guiju.project.folder import DataFolder


@dataclass(frozen=True)
class Printed:
    """The sheets, and the files that wait for a printer."""

    shares: Sequence[Share]
    files: Sequence[Path]


def print_recovery_sheets(
    folder: DataFolder, *, account: str, reason: str, at: datetime, where: Path | None = None
) -> Printed:
    """Make a recovery key and its three sheets; the private half is forgotten here.

    The new key is in force when its file is there: the keeper sees it and begins with a full backup. The
    sheets are written before it, so that no backup is ever sealed for a key that nobody holds.
    """
    from guiju.database.scope import scope
    from guiju.documents.selectors import letterhead_of
    from guiju.organisations.models import Entity
    from guiju.organisations.permissions import required_root
    from guiju.safekeeping.services import change_recovery_key
    from guiju.safekeeping.shown import write_sheets

    private = new_private_key()
    recipient, shares = recipient_of(private), sheets_of(private)
    before = read_decided(folder.path)
    with transaction.atomic():
        change_recovery_key(recipient=recipient, set_name=shares[0].set_name, account=account, reason=reason, at=at)
        with scope(entities={root := required_root()}):
            group = Entity.objects.get(pk=root)
        files = write_sheets(shares, where or folder.path / SHEETS, of=letterhead_of(group), on=at.date())
    write_decided(folder.path, replace(before, recipient=recipient) if before else Decided(recipient, new_drill_key()))
    return Printed(shares, files)


def recovery_lines(printed: Printed) -> Iterator[str]:
    """What the terminal says of new sheets."""
    from guiju.safekeeping.shown import sheet_lines

    yield from sheet_lines(printed.shares)
    yield f"同样的三张已写成 PDF：{printed.files[0].parent}，打印以后请立即删除"


def decide_target(folder: DataFolder, where: str) -> str:
    """Set up a place and keep it with the settings; the keeper begins within a second. Returns its name."""
    decided = read_decided(folder.path)
    if decided is None:
        raise Refused("no_recovery_key", "还没有恢复密钥：请先运行 guiju setup，或 guiju keys sheets")
    bucket = bucket_settings() if where.startswith("s3://") else {}
    target = target_at(where, bucket)
    target.prepare()
    name = where if where.startswith("s3://") else str(target)
    write_decided(folder.path, replace(decided, where=name, bucket=bucket))
    return name
