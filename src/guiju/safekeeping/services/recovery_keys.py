"""Backups are sealed for a new key, whose private half goes onto paper (恢复密钥)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from guiju.database.models import new_id
from guiju.database.scope import scope
from guiju.evidence.services import Act, record
from guiju.kernel.crypto.recovery import Recipient
from guiju.kernel.errors import Refused
from guiju.organisations.permissions import required_root
from guiju.safekeeping.models import RecoveryKey

LONGEST_REASON = 200


@transaction.atomic
def change_recovery_key(*, recipient: Recipient, set_name: str, account: str, reason: str, at: datetime) -> RecoveryKey:
    """Log for whom backups are sealed from now on (印制备份恢复单); the first key of all needs no reason.

    `account` is the operating system's account that runs the command: there is nobody else to ask.
    """
    root = required_root()
    act = Act("safekeeping.change_recovery_key", None, at)
    with scope(entities={root}):
        old = RecoveryKey.objects.select_for_update().filter(ended_at=None).first()
        reason = " ".join(reason.split())
        if len(reason) > LONGEST_REASON:
            raise Refused("reason_long", f"原因请写在{LONGEST_REASON}字以内", field="reason")
        if old is not None:
            if not reason:
                raise Refused("reason_empty", "请用 --reason 写明为什么要换恢复单", field="reason")
            old.ended_at = at
            old.save(update_fields=["ended_at"])
            record(act, entity_id=root, subject=old)
        made = RecoveryKey(
            id=new_id(),
            entity_id=root,
            name=recipient.name,
            set_name=set_name,
            account=account[:100],
            reason=reason,
            made_at=at,
        )
        made.save(force_insert=True)
        record(act, entity_id=root, subject=made)
    return made
