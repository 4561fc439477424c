"""Reads of the calendar and of what is due in it."""
