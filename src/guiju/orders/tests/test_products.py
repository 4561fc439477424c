"""Products and services are entered, changed, taken off and put back (产品与服务)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client

from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.orders.models import Product
from guiju.orders.selectors.products import ProductFilter, product_for, products_for
from guiju.orders.services.products import ProductDetails, add_product, change_product, end_product, resume_product
from guiju.orders.tests.factories import a_shop, service_of, some_order, some_product
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in


def details(**changes: object) -> ProductDetails:
    values: dict[str, object] = {"code": "A-1", "name": "护眼片", "sector": "health_food", "price": Decimal("99.50")}
    return ProductDetails(**{**values, **changes})  # type: ignore[arg-type]


def test_a_product_is_entered_changed_taken_off_and_put_back_and_each_leaves_its_entry(group: Group) -> None:
    service = service_of(group)
    with acting(service):
        made = add_product(details=details(approval="国食健注G20260001"), actor=service, at=AT)
        change_product(product_id=made.pk, details=details(name="护眼片（大）"), actor=service, at=AT, seen=1)
        end_product(product_id=made.pk, actor=service, at=AT)
        resumed = resume_product(product_id=made.pk, actor=service, at=AT)
        assert resumed.name == "护眼片（大）" and resumed.ended_at is None
        assert [one.action for one in history_of(made)] == [
            "orders.resume_product",
            "orders.end_product",
            "orders.change_product",
            "orders.add_product",
        ]


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"code": ""}, "code", "请填写编码"),
        ({"code": "A 1"}, "code", "不能有空格"),
        ({"code": "A" * 41}, "code", "最多40个字"),
        ({"name": "  "}, "name", "请填写名称"),
        ({"name": "片\x00"}, "name", "控制字符"),
        ({"approval": "国" * 61}, "approval", "最多60个字"),
        ({"sector": "军火"}, "sector", "没有“军火”这个行业"),
        ({"kind": "thing"}, "kind", "产品”或“服务"),
        ({"price": Decimal("-1")}, "price", "大于零"),
        ({"price": Decimal("NaN")}, "price", "不是一个数"),
        ({"price": Decimal("Infinity")}, "price", "不是一个数"),
        ({"price": Decimal("1e30")}, "price", "太大"),
        ({"price": Decimal("0.001")}, "price", "小数"),
    ],
)
def test_what_makes_no_sense_is_named_by_its_field(
    group: Group, changes: dict[str, object], field: str, words: str
) -> None:
    service = service_of(group)
    with acting(service), pytest.raises(Refused, match=words) as refusal:
        add_product(details=details(**changes), actor=service, at=AT)
    assert refusal.value.problems[0].field == field


def test_a_code_stands_for_one_product_of_a_company_and_for_another_in_the_next(group: Group) -> None:
    first = some_product(group, code="X1")
    service = service_of(group)
    with acting(service), pytest.raises(Refused, match="编码 X1 已经是蓝莓汁"):
        add_product(details=details(code="X1"), actor=service, at=AT)
    assert some_product(group, group.company_b, code="X1").entity_id != first.entity_id


def test_somebody_elses_change_is_not_overwritten(group: Group) -> None:
    product, service = some_product(group), service_of(group)
    with acting(service):
        change_product(product_id=product.pk, details=details(), actor=service, at=AT, seen=1)
        with pytest.raises(Refused, match="刚刚被别人改过"):
            change_product(product_id=product.pk, details=details(name="别的"), actor=service, at=AT, seen=1)


def test_who_only_sells_reads_products_and_another_company_sees_none(group: Group) -> None:
    product = some_product(group)
    with acting(group.sales_a):
        assert list(products_for(group.sales_a)) == [product]
        with pytest.raises(NotAllowed):
            add_product(details=details(), actor=group.sales_a, at=AT)
    with acting(group.sales_b):
        assert not products_for(group.sales_b).exists()
        with pytest.raises(Missing):
            product_for(group.sales_b, product.pk)
    other = service_of(group, group.company_b)
    with acting(other), pytest.raises(Missing):
        end_product(product_id=product.pk, actor=other, at=AT)


def test_what_is_off_the_list_takes_no_new_order_and_keeps_those_it_has(group: Group) -> None:
    sales, customer, product = a_shop(group)
    order = some_order(sales, customer, product)
    service = service_of(group)
    with acting(service):
        end_product(product_id=product.pk, actor=service, at=AT)
    with pytest.raises(Refused, match="已经下架"):
        some_order(sales, customer, product)
    with acting(sales):
        order.refresh_from_db()
    assert order.product_id == product.pk


def test_the_list_is_searched_by_code_name_and_approval_number_and_filtered(group: Group) -> None:
    service = service_of(group)
    some_product(group, code="YP1", name="感冒灵", sector="drugs", approval="国药准字Z20260001", price=Decimal(20))
    some_product(group, code="FW1", name="清洗", kind="service", sector="other")
    with acting(service):
        rows = products_for(service)
        for asked, found in (
            (ProductFilter("国药准字"), ["YP1"]),
            (ProductFilter("fw"), ["FW1"]),
            (ProductFilter(kind="service"), ["FW1"]),
            (ProductFilter(sector="drugs"), ["YP1"]),
            (ProductFilter(state="ended"), []),
            (ProductFilter(sort="newest"), ["FW1", "YP1"]),
            (ProductFilter(sort="price"), ["YP1", "FW1"]),
            (ProductFilter("\x00"), ["FW1", "YP1"]),
        ):
            assert [one.code for one in asked.of(rows)] == found, asked


def test_the_pages_enter_change_take_off_and_show_the_history(group: Group, client: Client) -> None:
    sign_in(client, service_of(group).user.username)
    typed = {"code": "B2", "name": "<b>粉</b>", "kind": "product", "sector": "food", "price": "1.2万"}
    page = client.post("/orders/products/add/", {**typed, "price": "一点儿"})
    assert page.status_code == 422 and "不是金额" in page.content.decode()
    page = client.post("/orders/products/add/", typed, follow=True).content.decode()
    assert "12,000.00" in page and "&lt;b&gt;粉&lt;/b&gt;" in page and "<b>粉" not in page
    with acting(service_of(group)):
        product = Product.objects.get(code="B2")
    address = f"/orders/products/{product.pk}/"
    assert 'name="seen"' in client.get(f"{address}change/").content.decode()
    changed = client.post(f"{address}change/", {**typed, "name": "米粉", "seen": 1}, follow=True).content.decode()
    assert "已修改" in changed
    assert "已下架" in client.post(f"{address}end/", follow=True).content.decode()
    assert "重新上架" in client.get(address).content.decode()
    assert "米粉" in client.get("/orders/products/?state=ended").content.decode()
    client.post(f"{address}resume/")
    assert "没有符合条件" in client.get("/orders/products/?state=ended").content.decode()
    assert "B2 米粉" in client.get("/orders/products/suggest/?q=米").content.decode()
