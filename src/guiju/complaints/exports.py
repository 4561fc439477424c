"""The rows of a file that weren't taken in, as they were, each with what is wrong (退回的行)."""

from __future__ import annotations

from collections.abc import Sequence

from guiju.complaints.services.importing import ReadFile, Row
from guiju.web.tables import xlsx_bytes


def why(row: Row) -> str:
    return "；".join(f"{title}：{sentence}" if title else sentence for title, sentence in row.problems)


def rejected_workbook(read: ReadFile) -> bytes:
    """To be mended and sent again: the column with the number of the row is taken for nothing."""
    rows: Sequence[list[object]] = [[one.number, *one.cells, why(one)] for one in read.bad]
    return xlsx_bytes(
        "退回的行", ["行号", *read.titles, "有什么问题"], rows, widths=(6, *(16 for _ in read.titles), 60)
    )
