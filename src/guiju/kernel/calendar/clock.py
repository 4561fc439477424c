"""Which day it is in China (北京时间): law counts in days there, machines in UTC."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")


def day_of(at: datetime) -> date:
    """The day in China of a moment; raises `ValueError` for one without a zone."""
    if at.tzinfo is None:
        raise ValueError("a moment without a zone has no day")
    return at.astimezone(CHINA).date()


def today() -> date:
    """The day in China now; for ways in only, services are given their moment."""
    return datetime.now(CHINA).date()
