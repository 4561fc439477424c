"""How many statements the pages of customers take: as many as written here, however many rows they show."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import given, publish

SIGNING_IN = 11
"""Session, account, memberships and rights: what every page of the program asks first, with its transactions."""

# A customer's page asks files, opportunities, to-dos and orders as well, once each: for their card and for the timeline.

PAGES = {
    "/customers/": 8,
    "/customers/?level=a": 8,
    "/customers/?search=13700137003": 9,
    "/customers/?purpose=marketing": 9,
    "/customers/{customer}/": 13,
}


def enter(group: Group, numbers: range) -> Customer:
    for number in numbers:
        values = {"name": f"客户{number}", "phone": f"1370013700{number}", "level": "a", "company": "某店"}
        with acting(group.sales_a):
            made = add_customer(
                kind="person", values=values, how=How(consents=(given("marketing"),)), actor=group.sales_a, at=AT
            ).customer
            add_note(customer_id=made.pk, details=NoteDetails("来电"), actor=group.sales_a, at=AT)
    return made


@pytest.mark.parametrize("address", PAGES)
def test_a_page_takes_the_same_few_statements_for_three_customers_and_for_nine(
    group: Group, client: Client, address: str
) -> None:
    publish(group)
    customer = enter(group, range(4))
    sign_in(client, "xiaoshou.a")
    for more in (range(0), range(4, 10)):
        if more:
            enter(group, more)
        where = address.format(customer=customer.pk)
        # How each was collected is asked for once, and then known.
        client.get(where)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(where).status_code == 200
        told = [one["sql"][:160] for one in asked.captured_queries]
        assert len(told) == SIGNING_IN + PAGES[address], "\n".join(told)
