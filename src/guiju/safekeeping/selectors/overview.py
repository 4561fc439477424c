"""All that the page 备份 shows (备份情况)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.conf import settings

from guiju.backups.standing import Kept, read_decided, read_state
from guiju.database.scope import scope_with
from guiju.evidence.replayed import REPLAYED
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import require, root_of
from guiju.safekeeping.models import Drill, RecoveryKey, Restoration
from guiju.safekeeping.selectors.health import RIGHT, BackupHealth, backup_health_for

MOST_SHOWN = 50


@dataclass(frozen=True)
class FullLine:
    """A full backup as the page shows it."""

    kept: Kept
    days: int
    opens_with_present_sheets: bool


@dataclass(frozen=True)
class BackupOverview:
    """All that the page shows; nothing of it is a secret."""

    health: BackupHealth
    where: str
    newest: datetime | None
    oldest: datetime | None
    fulls: list[FullLine]
    key: RecoveryKey | None
    drills: list[Drill]
    restorations: list[Restoration]


def backup_overview_for(member: Member, *, at: datetime) -> BackupOverview:
    """How backups stand (备份), from what the keeper last said; the target itself is not asked. Raises `NotAllowed`."""
    root = root_of(member.entity_id)
    require(member, RIGHT, on=root)
    where, newest, fulls = "", None, []
    if settings.GUIJU_FOLDER is not None:
        try:
            decided = read_decided(settings.GUIJU_FOLDER.path)
        except Refused:
            decided = None
        known = read_state(settings.GUIJU_FOLDER.path)
        if decided is not None and decided.where and known is not None:
            moments = [one for one in (known.moment, known.newest_full) if one is not None]
            where, newest = decided.where, max(moments, default=None)
            fulls = [
                FullLine(one, max(0, (at - one.finished).days), one.recipient == decided.recipient.name)
                for one in reversed(known.fulls)
            ]
    with scope_with(root):
        return BackupOverview(
            backup_health_for(member, at=at),
            where,
            newest if fulls else None,
            fulls[-1].kept.finished if fulls else None,
            fulls,
            RecoveryKey.objects.filter(ended_at=None).first(),
            list(Drill.objects.order_by("-began_at", "-pk")[:MOST_SHOWN]),
            list(Restoration.objects.order_by("-restored_at", "-pk")[:MOST_SHOWN]),
        )


def drill_for(member: Member, drill_id: UUID) -> Drill:
    """One drill; raises `NotAllowed` and `Missing`."""
    root = root_of(member.entity_id)
    require(member, RIGHT, on=root)
    with scope_with(root):
        found = Drill.objects.filter(pk=drill_id).first()
    if found is None:
        raise Missing("drill_missing", "没有这次恢复演练")
    return found


_ENDED = {"privacy.minor_access": "收回未成年人的查看批准"}


def replayed_in_words(restoration: Restoration) -> list[str]:
    """What was done again, each kind with how much."""
    known = {
        code: REPLAYED[code].label if code in REPLAYED else _ENDED.get(code, code) for code in restoration.replayed
    }
    return [f"{known[code]} {count}" for code, count in restoration.replayed.items()]
