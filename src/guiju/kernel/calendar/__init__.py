"""Chinese working days and the deadlines counted in them (工作日, 调休)."""

from guiju.kernel.calendar.days import Day, DayKind, WorkCalendar
from guiju.kernel.calendar.deadlines import Deadline, after_natural_days, after_working_days

__all__ = ["Day", "DayKind", "Deadline", "WorkCalendar", "after_natural_days", "after_working_days"]
