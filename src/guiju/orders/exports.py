"""What goes out as a table: orders as the list shows them, empty templates, and the rows of an import that came back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from guiju.orders.mapping import FIELDS
from guiju.orders.models import Order, TableImport
from guiju.orders.selectors.orders import OrderReading
from guiju.orders.services.table_import import problems_in
from guiju.web.tables import in_batches, xlsx_bytes

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


ORDER_COLUMNS = (
    *("订单号", "日期", "客户", "产品或服务", "产品编码", "数量", "单位", "金额（元）", "状态"),
    *("交付日期", "退货日期", "退货数量", "退款日期", "退款金额（元）"),
)
ORDER_WIDTHS = (20, 12, 24, 24, 14, 10, 8, 14, 16, 12, 12, 10, 12, 14)


def order_rows(seen: OrderReading, orders: QuerySet[Order]) -> Iterator[list[Any]]:
    """One row an order, in the order of the list."""
    for batch in in_batches(orders.iterator()):
        for line in seen.lines(batch):
            one = line.order
            yield [
                *(one.number, one.ordered_on, line.customer, one.product.name, one.product.code),
                *(one.quantity, one.product.unit, one.amount, one.state),
                *(one.delivered_on, one.returned_on, one.returned_quantity, one.refunded_on, one.refunded_amount),
            ]


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
