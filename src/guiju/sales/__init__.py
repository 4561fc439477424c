"""Opportunities and what a salesperson does today (商机, 我的今天)."""
