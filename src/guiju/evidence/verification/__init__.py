"""Whether the log and the rows are what was recorded (核对存证).

Imports nothing by itself: a process that checks beside another sets Django up first.
"""
