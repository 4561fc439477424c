"""A data folder whose database answers, for commands of the operating system's account."""

from __future__ import annotations

from pathlib import Path

from guiju.kernel.errors import Refused
from guiju.project.commands.folder_option import chosen_folder, use_folder
from guiju.project.folder import DataFolder


def running_folder(data: Path | None, *, demo: bool) -> DataFolder:
    """Set Django up on the folder; raises `Refused` when its database doesn't answer."""
    folder = chosen_folder(data, demo=demo)
    if not folder.run:
        raise Refused("not_running", "数据库没有运行：请先用 guiju up 启动")
    use_folder(folder)
    from django.db import OperationalError, connection

    try:
        connection.ensure_connection()
    except OperationalError as failure:
        raise Refused("database_away", f"数据库没有应答：{str(failure).strip().splitlines()[0]}") from failure
    return folder
