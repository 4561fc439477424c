"""Chinese working days and the deadlines counted in them (工作日, 调休)."""

from guiju.kernel.calendar.days import Day, DayKind, Notice, WorkCalendar
from guiju.kernel.calendar.deadlines import (
    Deadline,
    Pause,
    Period,
    ServiceHours,
    Step,
    Unit,
    deadline,
    months_later,
)

__all__ = [
    "Day",
    "DayKind",
    "Deadline",
    "Notice",
    "Pause",
    "Period",
    "ServiceHours",
    "Step",
    "Unit",
    "WorkCalendar",
    "deadline",
    "months_later",
]
