"""What is written on opportunities and to-dos stands in the catalogue (商机和待办的文字)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.organisations.tests.factories import Group, sign_in
from guiju.privacy.registry import RECORDS
from guiju.privacy.tests.factories import data_officer, publish
from guiju.sales.tests.factories import customer_of, offer


@pytest.mark.parametrize(("purpose", "shows"), [("sales", True), ("service", True), ("marketing", False)])
def test_opportunities_show_beside_a_customer_for_what_the_catalogue_gives_them(
    group: Group, client: Client, purpose: str, shows: bool
) -> None:
    publish(group)
    customer = customer_of(group.sales_a, "李小明", kind="person")
    offer(group.sales_a, customer, "换一台新的冷柜")
    sign_in(client, "xiaoshou.a")
    page = client.get(f"/customers/{customer.pk}/?purpose={purpose}").content.decode()
    assert ("换一台新的冷柜" in page) == shows


def test_they_are_listed_where_the_company_decides_about_its_fields(group: Group, client: Client) -> None:
    officer = data_officer(group)
    sign_in(client, officer.user.username)
    page = client.get("/catalogue/").content.decode()
    for kind in ("tag", "order", "opportunity", "todo"):
        assert RECORDS[kind].label in page
        for known in RECORDS[kind].fields.values():
            assert known.label in page and known.retention == 36 and known.uses
