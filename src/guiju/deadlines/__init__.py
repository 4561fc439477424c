"""Chinese working days, and everything that is due by them (工作日历与期限)."""
