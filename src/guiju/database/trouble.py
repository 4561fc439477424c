"""What to tell people when the database is full or away."""

from __future__ import annotations

from django.db import OperationalError
from psycopg import errors


def trouble_of(error: OperationalError) -> str:
    """One sentence; what was being saved is not saved."""
    if isinstance(error.__cause__, (errors.DiskFull, errors.OutOfMemory)):
        return "服务器磁盘已满，这次没有保存：请系统管理员腾出空间后重试，您填写的内容可用浏览器的后退找回。"
    return "数据库暂时没有应答，这次没有保存：请稍候片刻再试，您填写的内容可用浏览器的后退找回。"
