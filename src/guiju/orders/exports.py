"""What goes out as a table: empty templates, and the rows of an import that came back."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from guiju.orders.mapping import FIELDS
from guiju.orders.models import TableImport
from guiju.orders.services.table_import import problems_in
from guiju.web.tables import xlsx_bytes

_EXAMPLES: dict[str, tuple[object, ...]] = {
    "products": ("示例 请删除", "示例产品", "产品", "食品", "", "盒", Decimal("12.50")),
    "orders": (
        "示例 请删除",
        date(2026, 1, 31),
        "13800000000",
        "",
        "示例编码",
        Decimal(2),
        Decimal("25.00"),
        date(2026, 2, 1),
        "",
        "",
        "",
        "",
        "",
    ),
}
"""Codes and numbers have no spaces, so that an example left in place goes nowhere."""


def import_template(kind: str) -> bytes:
    columns = [one.label for one in FIELDS[kind].values()]
    return xlsx_bytes(TableImport.Kind(kind).label, columns, [_EXAMPLES[kind]], widths=[16 for _ in columns])


def error_workbook(found: TableImport) -> bytes:
    """The rows that stay outside, as they were, each with what is wrong: to be mended and uploaded again."""
    header = ["行号", *found.titles, "问题"]
    rows = ((one["number"], *one["cells"], _why(one["problems"])) for one in problems_in(found))
    return xlsx_bytes("退回的行", header, rows, widths=(6, *(16 for _ in found.titles), 60))


def _why(problems: list[list[str]]) -> str:
    return "；".join(f"{title}：{sentence}" if title else sentence for title, sentence in problems)
