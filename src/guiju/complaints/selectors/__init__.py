"""Reads of complaints (投诉的查询)."""
