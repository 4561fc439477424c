"""The names of minors stay masked in what other parts show of them (访问未成年人信息的审批)."""

from __future__ import annotations

import re

from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.tests.test_minors import ask, child, decide, looks  # noqa: F401  # the fixture
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, sign_in
from guiju.sales.services.opportunities import Details, add_opportunity
from guiju.sales.services.todos import add_todo

NOTE = "李小禾的妈妈来电：小禾下周请假，电话 13800138000"


def told(client: Client, *pages: str) -> str:
    return "".join(client.get(page).content.decode() for page in pages)


def test_a_minors_name_shows_masked_wherever_it_stands_until_an_officer_allowed_it(
    group: Group,
    child: Customer,  # noqa: F811
    client: Client,
) -> None:
    seller = group.sales_a
    with acting(seller):
        Customer.objects.filter(pk=child.pk).update(name="李小禾")
        add_note(
            customer_id=child.pk,
            details=NoteDetails(NOTE, next_on=timezone.localdate()),
            actor=seller,
            at=timezone.now(),
        )
        deal = add_opportunity(customer_id=child.pk, details=Details("李小禾的暑期班"), actor=seller, at=timezone.now())
        add_todo(title="给李小禾家回电", customer_id=child.pk, actor=seller, at=timezone.now())
    sign_in(client, seller.user.username)
    pages = (
        "/customers/",
        "/customers/?search=李小禾",
        f"/customers/{child.pk}/",
        f"/customers/{child.pk}/change/",
        f"/customers/{child.pk}/merge/?words=李小禾",
        "/opportunities/",
        "/opportunities/list/",
        f"/opportunities/{deal.pk}/",
        f"/opportunities/{deal.pk}/change/",
        "/opportunities/customers/?q=李小禾",
        "/today/",
        "/orders/customers/?q=李小禾",
    )
    shown = told(client, *pages)
    assert "小禾" not in re.sub(r'value="李小禾"', "", shown) and "李**" in shown
    assert looks(seller) == []

    decide(group, ask(seller, child.subject_id))
    assert "李小禾" in told(client, "/customers/")
    assert "李小禾的妈妈" in told(client, f"/customers/{child.pk}/")
    # One row a page, however many minors stand on it.
    assert looks(seller) == [(1, child.pk, "sales")] * 2
