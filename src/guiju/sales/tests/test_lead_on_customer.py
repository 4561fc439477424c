"""The lead that waits stands on the customer's page beside the opportunities, for as many statements as before."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.customers.models import Customer
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.tests.test_page_queries import PAGES, SIGNING_IN
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import publish
from guiju.sales.models import Opportunity
from guiju.sales.selectors.on_customer import MOST
from guiju.sales.services.leads import discard_lead, open_lead
from guiju.sales.tests.factories import offer

PAGE = "/customers/{customer}/"


@pytest.fixture
def customer(group: Group) -> Customer:
    publish(group)
    values = {"name": "周晓晓", "phone": "13905710001"}
    with acting(group.sales_a):
        return add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer


def test_it_is_shown_leads_to_its_steps_and_is_gone_when_given_up(
    group: Group, client: Client, customer: Customer
) -> None:
    sign_in(client, "xiaoshou.a")
    address = PAGE.format(customer=customer.pk)
    before = client.get(address).content.decode()
    assert "待确认的线索" not in before and "登记线索" in before
    with acting(group.sales_a):
        lead = open_lead(customer_id=customer.pk, interest="年货礼盒，过节要", actor=group.sales_a, at=AT)
    deal = offer(group.sales_a, customer, "中秋礼盒")
    page = client.get(address).content.decode()
    assert "待确认的线索" in page and "年货礼盒，过节要" in page and "登记线索“年货礼盒" in page
    assert "中秋礼盒" in page and f"/opportunities/{deal.pk}/" in page
    for step in ("qualify", "discard"):
        assert f"/opportunities/leads/{lead.pk}/{step}/" in page
    assert f"/opportunities/leads/add/?customer={customer.pk}" not in page
    assert "年货礼盒" not in client.get(f"{address}?purpose=marketing").content.decode()
    with acting(group.sales_a):
        discard_lead(lead_id=lead.pk, reason="price", note="", actor=group.sales_a, at=AT)
    after = client.get(address).content.decode()
    assert "待确认的线索" not in after and "中秋礼盒" in after


def test_who_may_not_change_opportunities_sees_it_without_its_steps(
    group: Group, client: Client, customer: Customer
) -> None:
    join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    with acting(group.sales_a):
        lead = open_lead(customer_id=customer.pk, interest="年货礼盒", actor=group.sales_a, at=AT)
    page = sign_in(client, "kefu.a").get(PAGE.format(customer=customer.pk)).content.decode()
    assert f"/opportunities/leads/{lead.pk}/" not in page


def test_it_costs_no_statement_beyond_what_the_page_takes(group: Group, client: Client, customer: Customer) -> None:
    with acting(group.sales_a):
        open_lead(customer_id=customer.pk, interest="年货礼盒", actor=group.sales_a, at=AT)
    sign_in(client, "xiaoshou.a")
    address = PAGE.format(customer=customer.pk)
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert "待确认的线索" in client.get(address).content.decode()
    told = [one["sql"][:160] for one in asked.captured_queries if "keys_datakey" not in one["sql"]]
    assert len(told) <= SIGNING_IN + PAGES[PAGE], "\n".join(told)


def test_it_is_shown_however_many_opportunities_are_newer(group: Group, client: Client, customer: Customer) -> None:
    sales = group.sales_a
    with acting(sales):
        open_lead(customer_id=customer.pk, interest="年货礼盒", actor=sales, at=AT)
        terms = {"entity_id": sales.entity_id, "customer": customer, "stage": "contact", "owner": sales}
        times = {"made_by": sales, "made_at": AT, "changed_at": AT, "staged_at": AT}
        Opportunity.objects.bulk_create(Opportunity(name=f"商机{n}", **terms, **times) for n in range(MOST + 3))
    page = sign_in(client, "xiaoshou.a").get(PAGE.format(customer=customer.pk)).content.decode()
    assert "待确认的线索" in page and page.count('<span class="badge bg-blue-lt">') == MOST
