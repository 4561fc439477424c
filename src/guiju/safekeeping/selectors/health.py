"""How backups stand, for those who answer for them (备份情况)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from guiju.backups.standing import read_decided, read_state, sheets_in
from guiju.database.scope import scope_with
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.permissions import allows, root_of
from guiju.safekeeping.models import Drill

RIGHT = "backup.read"
BEHIND_AFTER = timedelta(minutes=10)
DRILL_EVERY = timedelta(days=92)


@dataclass(frozen=True)
class BackupHealth:
    """What is wrong with backups, for above the cards; and what is well, for a card."""

    troubles: tuple[str, ...] = ()
    well: tuple[str, ...] = ()


def backup_health_for(member: Member, *, at: datetime) -> BackupHealth:
    """How backups stand, for system and audit administrators; nothing for everybody else."""
    folder = settings.GUIJU_FOLDER
    root = root_of(member.entity_id)
    if folder is None or not allows(member, RIGHT, on=root):
        return BackupHealth()
    troubles, well = [], []
    try:
        decided = read_decided(folder.path)
    except Refused as refusal:
        return BackupHealth((refusal.sentence,))
    if decided is None or not decided.where:
        return BackupHealth(("没有备份：机器或磁盘坏了，数据就没有了。请在服务器上运行 guiju backup target",))
    if settings.GUIJU_IS_DEMO:
        well.append("演示的备份和数据在同一块盘上，只作演示")
    elif waiting := sheets_in(folder.path):
        troubles.append(f"备份恢复单的文件还在服务器上（{waiting[0].parent}）：请打印、交人保管，然后删除")
    for told, is_well in (_newest(at), _last_drill(root, at)):
        (well if is_well else troubles).append(told)
    return BackupHealth(tuple(troubles), tuple(well))


def _last_drill(root: UUID, at: datetime) -> tuple[str, bool]:
    """How the last drill ended, and whether that is well."""
    with scope_with(root):
        last = Drill.objects.order_by("-began_at").first()
    if last is None:
        return (
            "还没有做过恢复演练：没有停用的，有了全量备份当夜自己做；现在就做，在服务器上运行 guiju backup drill",
            False,
        )
    day = f"{timezone.localtime(last.began_at):%Y-%m-%d %H:%M}"
    if not last.passed:
        found = "恢复出来的和数据库不同" if last.differing else "恢复出来的日志核对发现不符"
        return f"{day} 的恢复演练没有通过：{last.trouble or found}", False
    if at - last.began_at > DRILL_EVERY:
        return (
            f"上次恢复演练是 {day}，之后没有自动做：停用了，或者夜里系统没有运行；现在就做，在服务器上运行 guiju backup drill",
            False,
        )
    return f"上次恢复演练 {day}，{last.rows} 行全部一致，用时 {last.seconds} 秒", True


def _newest(at: datetime) -> tuple[str, bool]:
    """How old the newest moment is that can be restored, and whether that is well."""
    assert settings.GUIJU_FOLDER is not None
    known = read_state(settings.GUIJU_FOLDER.path)
    if known is None or known.newest_full is None or known.moment is None:
        return f"还没有一份可以恢复的备份{_why(known.trouble if known else None)}", False
    newest = timezone.localtime(max(known.moment, known.newest_full))
    if known.is_silent(at) or at - newest > BEHIND_AFTER:
        why = known.trouble or ("备份程序没有应答" if known.is_silent(at) else None)
        return f"备份停在 {newest:%Y-%m-%d %H:%M:%S}{_why(why)}", False
    return f"可以恢复到 {newest:%Y-%m-%d %H:%M:%S}{_why(known.trouble)}", known.trouble is None


def _why(trouble: str | None) -> str:
    return f"：{trouble}" if trouble else ""
