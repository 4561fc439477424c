"""The pages of orders: the list, one order, each step, and the page of its customer (订单)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.orders.models import Order
from guiju.orders.tests.factories import a_shop, service_of, some_customer, some_order, some_product
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer


def texts(client: Client, address: str, data: dict[str, Any] | None = None) -> str:
    answer = client.get(address) if data is None else client.post(address, data, follow=True)
    assert answer.status_code in (200, 422), address
    return answer.content.decode()


def typed(**changes: str) -> dict[str, str]:
    values = {"product": "", "quantity": "2", "amount": "1,234.50", "ordered_on": "2026-11-02", "number": ""}
    return {**values, **changes}


def test_an_order_goes_through_its_pages_from_the_customer_to_the_refund(group: Group, client: Client) -> None:
    _, customer, product = a_shop(group)
    sign_in(client, service_of(group).user.username)
    page = texts(client, f"/customers/{customer.pk}/")
    assert f"/orders/add/?customer={customer.pk}" in page and "还没有订单" in page

    page = texts(client, f"/orders/add/?customer={customer.pk}", typed(product=f"{product.code} {product.name}"))
    assert "已登记订单 20261102-0001" in page and "1,234.50" in page and "李小明" in page
    with acting(group.sales_a):
        order = Order.objects.get()
    address = f"/orders/{order.pk}/"
    assert "已交付" in texts(client, f"{address}deliver/", {"delivered_on": "2026-11-03"})
    ground = {"returned_on": "2026-11-05", "returned_quantity": "1", "ground": "no_reason"}
    page = texts(client, f"{address}return/", ground)
    assert "已退货，待退款" in page and "消费者权益保护法第二十五条" in page and "617.25" in page
    assert 'value="617.25"' in texts(client, f"{address}refund/")
    short = texts(client, f"{address}refund/", {"refunded_on": "2026-11-06", "refunded_amount": "600"})
    assert "只退 600.00 元" in short
    assert "已退款" in texts(client, f"{address}refund/", {"refunded_on": "2026-11-06", "refunded_amount": "617.25"})

    sign_in(client, data_officer(group).user.username)
    assert f"{address}undo/" in texts(client, address)
    assert "撤销的是退款（2026-11-06）" in texts(client, f"{address}undo/")
    assert "已退货，待退款" in texts(client, f"{address}undo/", {"reason": "点错了"})
    sign_in(client, service_of(group).user.username)
    assert f"{address}undo/" not in texts(client, address)
    assert "已退款" in texts(client, f"{address}refund/", {"refunded_on": "2026-11-06", "refunded_amount": "617.25"})

    page = texts(client, f"/customers/{customer.pk}/")
    assert "共 1 笔，1,234.50 元，退款 617.25 元" in page
    for kind in ("订单", "交付", "退货", "退款"):
        assert f'<span class="badge bg-secondary-lt">{kind}</span>' in page
    assert f"/orders/?customer={customer.pk}" in page and "00:00" not in page


def test_a_customer_is_found_by_name_or_phone_and_only_ones_own(group: Group, client: Client) -> None:
    sales, _, product = a_shop(group)
    some_customer(sales, "李小明")
    wang = some_customer(sales, "王丽", phone="13911112222")
    sign_in(client, sales.user.username)
    for words, told in (
        ("李小明", "不止一位客户符合"),
        ("没有的人", "没有这位客户"),
        ("\x00", "空字符"),
        ("", "请填写客户"),
    ):
        assert told in texts(client, "/orders/add/", typed(product=product.code, customer=words)), words
    assert "已登记订单" in texts(client, "/orders/add/", typed(product=product.code, customer="139 1111 2222"))
    with acting(sales):
        assert Order.objects.get().customer_id == wang.pk
    assert "王丽" in texts(client, "/orders/customers/?q=王")
    service_b = service_of(group, group.company_b)
    sign_in(client, service_b.user.username)
    some_product(group, group.company_b, code="B1")
    assert "王丽" not in texts(client, "/orders/customers/?q=王")
    assert "没有这位客户" in texts(client, "/orders/add/", typed(product="B1", customer="王丽"))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"quantity": "很多"}, "不是数量"),
        ({"quantity": "-1"}, "数量要大于零"),
        ({"quantity": "9" * 14}, "太大"),
        ({"amount": "NaN"}, "不是金额"),
        ({"amount": "$5"}, "不是人民币"),
        ({"amount": "0"}, "金额要大于零"),
        ({"ordered_on": "2999-01-01"}, "还没有到"),
        ({"ordered_on": "昨天"}, "不是日期"),
        ({"product": "X"}, "没有“X”这个产品或服务"),
        ({"product": ""}, "请填写产品或服务"),
        ({"number": "<script>" * 10}, "最多40个字"),
    ],
)
def test_bad_input_is_told_beside_its_field_and_what_was_typed_stays(
    group: Group, client: Client, changes: dict[str, str], told: str
) -> None:
    sales, customer, product = a_shop(group)
    sign_in(client, sales.user.username)
    answer = client.post(f"/orders/add/?customer={customer.pk}", typed(**{"product": product.code, **changes}))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert told in page and ("2026-11-02" in page or "ordered_on" in changes)


def test_an_order_is_put_right_or_voided_on_its_page(group: Group, client: Client) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    sign_in(client, sales.user.username)
    address = f"/orders/{order.pk}/"
    right = typed(product=product.code, quantity="3", amount="150", ordered_on="2026-11-01", reason="录错", seen="1")
    assert "150.00" in texts(client, f"{address}change/", right)
    page = texts(client, f"{address}void/", {"reason": "客户不要了"})
    assert "已作废" in page and "登记交付" not in page and "您的角色看不到修改历史" in page
    sign_in(client, service_of(group).user.username)
    assert "原因：客户不要了" in texts(client, address)


def test_other_companies_orders_are_not_there(group: Group, client: Client) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    sign_in(client, service_of(group, group.company_b).user.username)
    assert order.number not in texts(client, f"/orders/?customer={customer.pk}")
    for step in ("", "change/", "deliver/", "return/", "refund/", "void/"):
        assert client.get(f"/orders/{order.pk}/{step}").status_code == 404
    assert client.get(f"/orders/products/{product.pk}/").status_code == 404


def test_of_somebody_whose_data_is_stored_only_no_order_shows_a_name(group: Group, client: Client) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    officer = data_officer(group)
    assert customer.subject_id is not None
    with acting(officer):
        freeze_subject(subject_id=customer.subject_id, reason="投诉没有办结", actor=officer, at=AT)
    sign_in(client, sales.user.username)
    page = texts(client, "/orders/")
    assert order.number in page and "（仅存储）" in page and "李小明" not in page
    answer = client.post(f"/orders/add/?customer={customer.pk}", typed(product=product.code))
    assert answer.status_code == 422 and "仅存储" in answer.content.decode()
    assert "没有这位客户" in texts(client, "/orders/add/", typed(product=product.code, customer="李小明"))


def test_the_list_asks_the_same_queries_for_one_order_and_for_many(group: Group, client: Client) -> None:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product)
    sign_in(client, service_of(group).user.username)

    def queries(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(
            connection,
        ) as asked:
            client.get(address)
        return len(asked)

    addresses = ("/orders/", "/orders/products/", f"/customers/{customer.pk}/")
    before = [queries(address) for address in addresses]
    for number in range(6):
        other = some_customer(sales, f"客户{number}号")
        some_order(sales, other, some_product(group))
        some_order(sales, customer, product, ordered_on=date(2026, 11, 2))
    assert [queries(address) for address in addresses] == before
