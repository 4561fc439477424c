"""The list of opportunities goes out as a file (导出商机)."""

from __future__ import annotations

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from guiju.organisations.tests.factories import Group, sign_in
from guiju.sales.tests.factories import customer_of, offer
from guiju.sheets.read import read_table


def test_the_opportunities_of_the_list_go_out(client: Client, group: Group) -> None:
    customer = customer_of(group.sales_a, "李小明", at=timezone.now() - timedelta(days=2))
    offer(group.sales_a, customer, "年货礼盒")
    sign_in(client, "xiaoshou.a")
    assert "/opportunities/export/" in client.get("/opportunities/list/").content.decode()
    said = {"purpose": "sales", "reason": "周会用的清单", "ending": "xlsx"}
    page = client.post("/opportunities/export/", said)
    mark, header, line = [list(one.cells) for one in read_table("商机.xlsx", b"".join(page.streaming_content))]
    assert header[:2] == ["商机", "客户"] and line[:2] == ["年货礼盒", "李小明"] and "周会用的清单" in mark[0]
    assert client.post("/opportunities/export/", {**said, "purpose": "marketing"}).status_code == 422
