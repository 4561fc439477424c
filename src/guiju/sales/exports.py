"""Opportunities as a table (商机表), as the list shows them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from guiju.sales.models import Opportunity
from guiju.sales.selectors.reading import Deals
from guiju.web.tables import in_batches

COLUMNS = ("商机", "客户", "阶段", "金额（元）", "预计成交", "下一步", "下一步日期", "负责人", "登记时间")
WIDTHS = (30, 24, 12, 14, 12, 30, 12, 12, 18)


def rows_of(seen: Deals, rows: QuerySet[Opportunity]) -> Iterator[list[Any]]:
    """One row an opportunity, in the order of the list."""
    for batch in in_batches(rows.iterator()):
        for line in seen.lines(batch):
            one = line.row
            yield [
                *(line.name, line.customer, line.stage, one.amount, one.expected_on),
                *(line.next_step, one.next_on, one.owner.user.name, one.made_at),
            ]
