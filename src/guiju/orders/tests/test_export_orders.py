"""The list of orders goes out as a file (导出订单)."""

from __future__ import annotations

from django.test import Client

from guiju.orders.tests.factories import a_shop, some_order
from guiju.organisations.models import Disclosure
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.sheets.read import read_table


def test_the_orders_of_the_list_go_out_with_their_customers_as_they_show(client: Client, group: Group) -> None:
    seller, customer, product = a_shop(group)
    order = some_order(seller, customer, product)
    sign_in(client, seller.user.username)
    assert "/orders/export/" in client.get("/orders/").content.decode()
    said = {"purpose": "orders", "reason": "月末对账", "ending": "xlsx"}
    page = client.post("/orders/export/", said)
    mark, header, line = [list(one.cells) for one in read_table("订单.xlsx", b"".join(page.streaming_content))]
    assert header[:3] == ["订单号", "日期", "客户"] and line[0] == order.number and line[2] == "李小明"
    with acting(seller):
        made = Disclosure.objects.get(sort="export")
    assert (made.count, made.purpose) == (1, "orders") and str(made.pk) in mark[0]
    page = client.post("/orders/export/?search=没有", said)
    assert page.status_code == 422 and "没有可以导出的内容" in page.content.decode()


def test_who_only_reads_orders_takes_none_out(client: Client, group: Group) -> None:
    a_shop(group)
    join(group.company_a, "inspector", "jiancha.a", group.system_admin, group.security_admin)
    sign_in(client, "jiancha.a")
    assert "/orders/export/" not in client.get("/orders/").content.decode()
    assert client.post("/orders/export/", {"purpose": "orders", "reason": "看一看数"}).status_code == 403
