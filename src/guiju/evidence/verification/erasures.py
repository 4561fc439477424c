"""What was erased, against what each erasure committed to (销毁登记的核对)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import psycopg

from guiju.evidence.sealing import digest_of_lines
from guiju.evidence.verification.findings import Finding, Report

ERASURE, LINE = "evidence_erasure", "evidence_erased"


def check_erasures(connection: psycopg.Connection[Any], report: Report) -> None:
    """Each erasure has the lines that its digest says, and no line is without one."""
    told = {
        pk: (count, digest)
        for pk, count, digest in connection.execute("SELECT id, count, digest FROM evidence_erasure")
    }
    for erasure, lines in _lines(connection):
        known = told.pop(erasure, None)
        if known is None:
            words = "有删除的清单，而没有销毁登记：是绕过程序写进去的，或登记被删去"
            report.add(Finding("erasure_edited", LINE, str(erasure), words, "erasure_id"))
        elif known != (sum(len(codes) for _, codes in lines), digest_of_lines(lines)):
            words = "删除的清单与销毁登记的摘要不符：有行被增加、删去或改动"
            report.add(Finding("erasure_edited", LINE, str(erasure), words, "codes"))
    nothing = digest_of_lines(())
    for erasure, known in told.items():
        if known != (0, nothing):
            report.add(Finding("erasure_edited", ERASURE, str(erasure), "销毁登记的清单不在了", "digest"))


def _lines(connection: psycopg.Connection[Any]) -> Iterator[tuple[Any, list[tuple[Any, Any]]]]:
    with connection.cursor("guiju_erased") as cursor:
        cursor.execute("SELECT erasure_id, revision_id, codes FROM evidence_erased ORDER BY erasure_id")
        for erasure, lines in groupby(cursor, key=lambda line: line[0]):
            yield erasure, [(revision, codes) for _, revision, codes in lines]
