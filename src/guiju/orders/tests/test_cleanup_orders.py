"""Orders are searched for what is held against the law, frozen, and cut from whom they were of (违规数据清理)."""

from __future__ import annotations

import io
from datetime import date

import pytest
from django.test import Client

from guiju.customers.models import Customer
from guiju.customers.tests.cleaning import (
    AFTERWARDS,
    LATER,
    consent_and_withdraw,
    delete_all,
    freeze_all,
    retire,
    untell,
)
from guiju.customers.tests.test_cleanup import find, why
from guiju.evidence.selectors import history_of
from guiju.files.models import Attachment
from guiju.files.services.attachments import FileDetails, Upload, add_attachment
from guiju.files.tests.factories import PDF
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.orders.models import Order
from guiju.orders.selectors.volumes import volumes
from guiju.orders.services.orders import deliver_order
from guiju.orders.tests.factories import a_shop, service_of, some_customer, some_order
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.registry import RECORDS


@pytest.fixture
def order(group: Group) -> Order:
    sales, customer, product = a_shop(group)
    return some_order(sales, customer, product)


def test_an_order_is_searched_field_by_field_and_what_became_of_it_too(group: Group, order: Order) -> None:
    assert find(group).counts == {} and find(group).records["order"] == 1
    retire(group, "order")
    always = {f"order.{code}" for code in ("number", "product", "ordered_on", "quantity", "amount")}
    assert why(find(group)) == {name: {"active_first"} for name in always}
    service = service_of(group)
    with acting(service):
        deliver_order(order_id=order.pk, on=date(2026, 11, 3), actor=service, at=AT)
    assert why(find(group)).keys() == {*always, "order.delivered"}


def test_what_no_notice_names_or_was_consented_to_and_taken_back_is_found(group: Group, order: Order) -> None:
    untell(group, "order.amount")
    assert why(find(group, at=LATER)) == {"order.amount": {"told_first"}}
    consent_and_withdraw_all(group, order)
    assert all("delete_after_withdrawal" in rules for rules in why(find(group, at=LATER)).values())


def consent_and_withdraw_all(group: Group, order: Order) -> None:
    consent_and_withdraw(group, order.customer, "order", purpose="orders")


def test_frozen_orders_show_nowhere_are_not_found_and_do_not_change(group: Group, order: Order, client: Client) -> None:
    other = some_order(group.sales_a, some_customer(group.sales_a, "王小二"), order.product)
    untell(group, "order.amount")
    untold = freeze_all(group)
    assert untold == {"order.amount": {"told_first"}}
    for customer in (order.customer, other.customer):
        with acting(group.sales_a):
            customer.refresh_from_db()
    sign_in(client, "xiaoshou.a")
    for address in ("/orders/", f"/orders/?search={order.number}", f"/customers/{order.customer_id}/"):
        page = client.get(address).content.decode().replace(f'value="{order.number}"', "")
        assert order.number not in page.replace(f"search={order.number}", "")
    assert client.get(f"/orders/{order.pk}/").status_code == 404
    service = service_of(group)
    with acting(service):
        with pytest.raises(Refused) as refusal:
            deliver_order(order_id=order.pk, on=date(2026, 11, 3), actor=service, at=AFTERWARDS)
        assert refusal.value.code == "subject_frozen"
    with acting(group.sales_a), pytest.raises(Refused):
        some_order(group.sales_a, order.customer, order.product, at=AFTERWARDS)


def test_two_people_cut_an_order_from_its_customer_and_the_account_stays(
    group: Group, order: Order, client: Client
) -> None:
    retire(group, "order")
    freeze_all(group)
    assert delete_all(group).counts == {"orders.buyers": 1}
    service = service_of(group)
    with acting(service):
        kept = Order.objects.select_related("customer").get()
        assert kept.customer.subject_id is None and kept.customer_id != order.customer_id
        assert (kept.number, kept.amount, kept.quantity) == (order.number, order.amount, order.quantity)
        assert str(order.customer_id) not in str([one.changes for one in history_of(kept)])
        assert Customer.objects.get(pk=order.customer_id).name == "李小明"
        [month] = volumes(entity_id=order.entity_id, since=date(2026, 11, 1), until=day_of(AT))
        assert month.orders == 1
    sign_in(client, service.user.username)
    page = client.get("/orders/").content.decode()
    assert order.number in page and "李小明" not in page
    assert order.number not in client.get(f"/customers/{order.customer_id}/?purpose=orders").content.decode()


def test_a_file_of_the_order_stays_with_the_person_and_names_the_order_no_more(group: Group, order: Order) -> None:
    with acting(group.sales_a):
        add_attachment(
            owner_kind="order",
            owner_id=order.pk,
            upload=Upload("合同.pdf", io.BytesIO(PDF), len(PDF)),
            details=FileDetails("", "general"),
            actor=group.sales_a,
            at=AT,
        )
    retire(group, "order")
    freeze_all(group)
    assert delete_all(group).counts == {"orders.buyers": 1}
    with acting(group.sales_a):
        [file] = Attachment.objects.all()
        assert (file.owner_kind, file.owner_id) == ("customer", order.customer_id)
        assert str(order.pk) not in str([one.changes for one in history_of(file)])


def test_the_orders_of_nobody_share_one_empty_customer(group: Group, order: Order) -> None:
    some_order(group.sales_a, some_customer(group.sales_a, "王小二"), order.product)
    retire(group, "order", "amount")
    assert delete_all(group).counts == {"orders.buyers": 2}
    with acting(group.sales_a):
        assert len(set(Order.objects.values_list("customer_id", flat=True))) == 1
        assert RECORDS["order"].goes_along and find(group, at=AFTERWARDS).counts == {}
