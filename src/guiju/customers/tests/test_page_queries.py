"""How many statements the pages of customers take: as many as written here, however many rows they show."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.customers.models import Customer, CustomerImport, Wanting
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.customer_import import open_customer_import
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.customers.services.pool import release_customer
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import given, publish

SIGNING_IN = 11
"""Session, account, memberships and rights: what every page of the program asks first, with its transactions."""

# A customer's page asks files, opportunities, to-dos and orders as well, once each: for their card and for the timeline.
# It asks once with whom the customer has to do, which stands nowhere on its row, and once in whose hands it was: the log
# knows that, but sealed, version by version.

PAGES = {
    "/customers/": 7,
    "/customers/?level=a": 7,
    "/customers/?search=13700137003": 8,
    "/customers/?purpose=marketing": 9,
    "/customers/{customer}/": 15,
    "/customers/?quiet=1&made_from=2020-01-01&consent=marketing&owner=me": 7,
    "/customers/{customer}/timeline/": 17,
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
        # Keys are looked for anew every so often, by the clock.
        told = [one["sql"][:160] for one in asked.captured_queries if "keys_datakey" not in one["sql"]]
        assert len(told) == SIGNING_IN + PAGES[address], "\n".join(told)


# Of a company there are its contacts besides, those of now and those of before, with what they were told and consent
# to. A page of the pool is a look that is counted: who looks is locked, what they looked at and may look at is asked.
# The page of tags asks the catalogue what tags are kept for: who shows none counts for none.
BESIDE = {
    "/customers/{firm}/": 16,
    "/customers/pool/": 10,
    "/customers/duplicates/?ground=company": 6,
    "/customers/wanting/": 11,
    "/customers/tags/": 5,
}


def enter_beside(group: Group, firm: Customer, numbers: range) -> None:
    actor = group.sales_a
    with acting(actor):
        source = CustomerImport.objects.first() or open_customer_import(
            name="x.csv", content=b"name\nx\n", kind="person", actor=actor, at=AT
        )
        for number in numbers:
            add_contact(customer_id=firm.pk, values={"name": f"王{number}"}, how=How(), actor=actor, at=AT)
            for one in range(2):
                add_customer(kind="company", values={"name": f"东方{number}"}, how=How(), actor=actor, at=AT)
                values, how = (
                    {"name": f"客户{number}", "phone": f"13{one}001370{number}"},
                    How(consents=(given("marketing"),)),
                )
                made = add_customer(kind="person", values=values, how=how, actor=actor, at=AT, tags=["展会"]).customer
                if one:
                    release_customer(customer_id=made.pk, reason="换岗", actor=actor, at=AT)
            Wanting.objects.create(
                entity_id=actor.entity_id, customer=made, record="person", field="gender", source=source, since=AT
            )
            Customer.objects.filter(pk=made.pk).update(owner=None if number % 2 else actor)


@pytest.mark.parametrize("address", BESIDE)
def test_the_lists_beside_take_the_same_few_statements_however_many_rows_they_show(
    group: Group, client: Client, address: str
) -> None:
    publish(group)
    with acting(group.sales_a):
        firm = add_customer(kind="company", values={"name": "某厂"}, how=How(), actor=group.sales_a, at=AT).customer
    enter_beside(group, firm, range(10, 13))
    sign_in(client, "xiaoshou.a")
    for more in (range(0), range(13, 19)):
        enter_beside(group, firm, more)
        where = address.format(firm=firm.pk)
        client.get(where)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(where).status_code == 200
        told = [one["sql"][:160] for one in asked.captured_queries if "keys_datakey" not in one["sql"]]
        assert len(told) == SIGNING_IN + BESIDE[address], "\n".join(told)
