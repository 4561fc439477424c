"""Each order of a list, and each state, goes along an index: no list of a large company is sorted as a whole."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client

from guiju.orders.models import Order
from guiju.orders.selectors.orders import SORTS, OrderFilter, reading_orders
from guiju.orders.selectors.products import SORTS as PRODUCT_SORTS
from guiju.orders.selectors.products import ProductFilter, products_for
from guiju.orders.tests.factories import a_shop, service_of, some_order
from guiju.orders.tests.test_orders import TODAY
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, sign_in

ALONG = {"": "order_newest", "oldest": "order_newest", "amount": "order_by_amount", "number": "order_once"}
PRODUCTS_ALONG = {"": "product_code", "price": "product_by_price", "newest": "product_newest"}


@pytest.fixture
def planned() -> None:
    """The planner takes an index wherever there is one, however few rows there are."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off; SET LOCAL enable_bitmapscan = off")


@pytest.mark.parametrize("sort", SORTS)
def test_orders_in_each_order(group: Group, planned: None, sort: str) -> None:
    service = service_of(group)
    with acting(service), reading_orders(service, on=TODAY) as seen:
        rows = OrderFilter(sort=sort).of(Order.objects.filter(entity_id=service.entity_id), seen)[:50]
        plan = rows.explain()
    assert ALONG[sort] in plan and "Sort Key" not in plan, plan


@pytest.mark.parametrize("sort", PRODUCT_SORTS)
def test_products_in_each_order(group: Group, planned: None, sort: str) -> None:
    service = service_of(group)
    with acting(service):
        plan = ProductFilter(sort=sort).of(products_for(service))[:50].explain()
    assert PRODUCTS_ALONG[sort] in plan and ("Sort Key" not in plan or "Presorted" in plan), plan


def test_what_was_delivered_has_an_index_of_its_own(group: Group, planned: None) -> None:
    service = service_of(group)
    with acting(service), reading_orders(service, on=TODAY) as seen:
        rows = OrderFilter(state="delivered").of(Order.objects.filter(entity_id=service.entity_id), seen)[:50]
        assert "order_delivered" in rows.explain()


def test_the_heads_of_the_tables_sort_them(group: Group, client: Client) -> None:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product)
    sign_in(client, service_of(group).user.username)
    page = client.get("/orders/?state=open&sort=amount").content.decode()
    assert "sort=number" in page and 'name="sort" value="amount"' in page and "state=open" in page
    assert "sort=price" in client.get("/orders/products/?sort=newest").content.decode()
    for query in ("?sort=%00", "?sort=x&page=-3"):
        assert client.get(f"/orders/{query}").status_code == client.get(f"/orders/products/{query}").status_code == 200
