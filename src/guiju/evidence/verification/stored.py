"""Bytes that lie beside their row, against the digest that the row commits to (附件内容的核对)."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql

from guiju.evidence.registry import STORED
from guiju.evidence.verification.findings import Finding, Report

_AT_A_TIME = 200


def check_stored(connection: psycopg.Connection[Any], report: Report) -> None:
    """What is stored has the digest that stands in its row; nothing is opened, and no key is needed."""
    for stored in STORED:
        with connection.cursor("guiju_stored") as cursor:
            cursor.itersize = _AT_A_TIME
            cursor.execute(sql.SQL(stored.query))
            for pk, told, now in cursor:
                if told != now:
                    words = f"有一份“{stored.label}”的内容与存证的摘要不同：被改动、调换或删去"
                    report.add(Finding("content_edited", stored.table, str(pk), words, stored.column))
