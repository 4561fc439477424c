"""What goes out as a table: the cells of an import that came back, each beside what stood in the file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from guiju.customers.models import CustomerImport
from guiju.customers.services.customer_import import problems_of
from guiju.sheets.tables import open_sheet
from guiju.web.tables import xlsx_bytes


def error_workbook(found: CustomerImport, content: bytes) -> bytes:
    """The rows of which something came back, as they were, with their problems and the articles behind them."""
    with open_sheet(found.file_name, content, found.sheet or None) as table:
        header = ["行号", *(title.text for title in table.titles), "结果", "问题", "条文"]
        rows = _rows(problems_of(found), table.rows(), [title.place for title in table.titles])
        return xlsx_bytes("退回的内容", header, rows, widths=(6, *(16 for _ in table.titles), 10, 60, 60))


def _rows(problems: Mapping[str, Any], lines: Any, places: list[int]) -> Iterator[list[Any]]:
    for line in lines:
        told = problems.get(str(line.number))
        if told is None:
            continue
        why = "；".join(
            f"{one['title']}：{one['sentence']}" if one["title"] else one["sentence"] for one in told["cells"]
        )
        laws = "；".join(dict.fromkeys(one["law"] for one in told["cells"] if one["law"]))
        outcome = "已导入，缺这几项" if "customer" in told else "没有导入"
        yield [line.number, *(line.cells[place] for place in places), outcome, why, laws]
