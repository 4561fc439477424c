"""Products and orders over HTTP (add_product, add_order)."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from guiju.orders.tests.factories import a_shop, service_of, some_order
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import Group


class Caller:
    def __init__(self, member: Member) -> None:
        with acting(member):
            secret = create_token(member=member, name="x", days=1, at=timezone.now())
        self._headers = {"Authorization": f"Bearer {secret}"}

    def get(self, path: str) -> tuple[int, Any]:
        answer = Client().get(f"/api/v1{path}", headers=self._headers)
        return answer.status_code, answer.json()

    def post(self, path: str, **body: object) -> tuple[int, Any]:
        answer = Client().post(f"/api/v1{path}", body, content_type="application/json", headers=self._headers)
        return answer.status_code, answer.json()


def test_products_and_orders_are_entered_listed_and_read(group: Group) -> None:
    _, customer, _ = a_shop(group)
    caller = Caller(service_of(group))
    status, product = caller.post("/products", code="N1", name="奶粉", price="1,299.90")
    assert (status, product["price"], product["sector"]) == (201, "1299.9", "food")
    assert caller.get("/products?search=奶粉")[1]["items"] == [product]
    assert caller.get(f"/products/{product['id']}")[1]["code"] == "N1"

    order = {"customer_id": str(customer.pk), "product_id": product["id"], "ordered_on": "2026-11-02"}
    status, made = caller.post("/orders", **order, quantity="0.5", amount="650")
    assert (status, made["quantity"], made["amount"], made["customer"]) == (201, "0.5", "650", "李小明")
    assert caller.get(f"/orders/{made['id']}")[1] == made
    listed = caller.get(f"/orders?product={product['id']}&state=open&since=2026-11-02")[1]
    assert (listed["count"], listed["items"]) == (1, [made])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"quantity": "NaN"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"amount": "-3"}, "amount"),
        ({"amount": "1e999999"}, "amount"),
        ({"ordered_on": "2999-01-01"}, "ordered_on"),
        ({"ordered_on": "0001-01-01"}, "ordered_on"),
        ({"number": "a\x00b"}, "number"),
        ({"product_id": "00000000-0000-0000-0000-000000000000"}, "product"),
    ],
)
def test_bad_input_is_named_by_its_field(group: Group, changes: dict[str, str], field: str) -> None:
    _, customer, product = a_shop(group)
    good = {"customer_id": str(customer.pk), "product_id": str(product.pk), "ordered_on": "2026-11-02"}
    status, told = Caller(service_of(group)).post("/orders", **{**good, "quantity": "1", "amount": "5", **changes})
    assert (status, told["problems"][0]["field"]) == (422, field)


def test_another_company_finds_nothing(group: Group) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    caller = Caller(service_of(group, group.company_b))
    assert caller.get("/orders")[1]["count"] == caller.get("/products")[1]["count"] == 0
    assert caller.get(f"/orders/{order.pk}")[0] == caller.get(f"/products/{product.pk}")[0] == 404
    body = {"customer_id": str(customer.pk), "product_id": str(product.pk), "ordered_on": "2026-11-02"}
    assert caller.post("/orders", **body, quantity="1", amount="1")[0] == 404
