"""The way back in from the server itself (服务器恢复), for the day on which no administrator can sign in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from guiju.accounts.models import Recovery, RecoverySheet
from guiju.accounts.services.links import make_recovery_link
from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.kernel.crypto.typed import digest_of, new_code
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import User
from guiju.organisations.permissions import required_root

SHEETS, NEEDED = 3, 2
_LENGTH = 32
LONGEST_REASON = 200


@dataclass(frozen=True)
class BackIn:
    """Both halves with which the person sets a new password, and the new sheets."""

    secret: str
    code: str
    sheets: tuple[str, ...]


@transaction.atomic
def print_sheets(*, at: datetime, sheets: Sequence[str] = ()) -> tuple[str, ...]:
    """Three new recovery sheets (恢复单), of which two are needed; the old ones are void. Shown once.

    Where there are old ones, two of them have to be shown.
    """
    root = required_root()
    if RecoverySheet.objects.filter(ended_at=None).exists():
        _check(sheets)
    return _print(root, at)


def _check(sheets: Sequence[str]) -> None:
    valid = RecoverySheet.objects.select_for_update().filter(ended_at=None)
    shown = {sheet.pk for sheet in valid if bytes(sheet.digest) in {digest_of(text) for text in sheets}}
    if len(shown) < NEEDED:
        raise Refused(
            "sheets_wrong", f"要{NEEDED}张不同的恢复单，现在对的有{len(shown)}张：请核对抄写，旧的恢复单已作废"
        )


def _print(root: UUID, at: datetime) -> tuple[str, ...]:
    codes = tuple(new_code(_LENGTH) for _ in range(SHEETS))
    act = Act("accounts.print_sheets", None, at)
    with scope(entities={root}):
        for old in RecoverySheet.objects.select_for_update().filter(ended_at=None):
            old.ended_at = at
            old.save(update_fields=["ended_at"])
            record(act, entity_id=root, subject=old)
        for number, code in enumerate(codes, 1):
            sheet = RecoverySheet(id=new_id(), number=number, digest=digest_of(code), made_at=at)
            sheet.save(force_insert=True)
            record(act, entity_id=root, subject=sheet)
    return codes


@transaction.atomic
def recover_account(*, username: str, sheets: Sequence[str], account: str, reason: str, at: datetime) -> BackIn:
    """Let somebody in again with two sheets of the set-up; it is logged, and everyone is told for thirty days.

    `account` is the operating system's account that runs the command.
    """
    root = required_root()
    _check(sheets)
    reason = " ".join(reason.split())[:LONGEST_REASON]
    if not reason:
        raise Refused("reason_empty", "请写明为什么要从服务器恢复")
    user = User.objects.filter(username=username.strip().casefold()).first()
    if user is None:
        raise Missing("user_missing", f"没有用户名为“{username}”的人")
    recovery = Recovery(id=new_id(), user=user, account=account[:100], reason=reason, at=at)
    with scope(entities={root}):
        recovery.save(force_insert=True)
        record(Act("accounts.recover_account", None, at, (), reason), entity_id=root, subject=recovery)
        secret, code = make_recovery_link(user, entity_id=root, at=at)
    return BackIn(secret, code, _print(root, at))
