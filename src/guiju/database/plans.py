"""How the session finds rows, thought out again (执行计划).

PostgreSQL keeps the plans of foreign key checks and triggers for as long as a session lives. Made
while a table held a handful of rows, they read it from end to end, and a large import in one
transaction then takes time that grows with the square of its rows.
"""

from __future__ import annotations

from django.db import connection


def plan_anew() -> None:
    """Let the session plan its checks for the tables as large as they are now."""
    with connection.cursor() as cursor:
        cursor.execute("DISCARD PLANS")
