"""A full backup now, beside the keeper's own (立即备份)."""

from __future__ import annotations

from guiju.backups.layout import Full, line_of
from guiju.backups.standing import Decided, read_state
from guiju.backups.taking import take_full
from guiju.database.provision import Database
from guiju.kernel.errors import Refused
from guiju.project.folder import DataFolder
from guiju.project.keeper import settings_of


def take_full_now(folder: DataFolder, database: Database, decided: Decided) -> Full:
    """Raises `Refused` when continuous backups, on which a full one rests, have not begun."""
    settings, known = settings_of(folder, database, decided), read_state(folder.path)
    line = line_of(settings.target, known.line) if known and known.line else None
    if line is None:
        raise Refused("backup_not_begun", "连续备份还没有开始：请稍候几秒，或看 guiju status 和日志 log/keeper.log")
    return take_full(
        settings.target,
        line,
        conninfo=settings.conninfo,
        binaries=settings.binaries,
        recipient=settings.recipient,
        others=settings.others,
        kept=settings.kept(),
        algorithm=settings.algorithm,
    )
