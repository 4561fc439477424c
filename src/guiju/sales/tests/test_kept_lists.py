"""Opportunities, leads and orders have lists that are kept under a name, as customers have (保存的筛选)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.customers.models import SavedList
from guiju.customers.selectors.lists import kept_lists
from guiju.customers.services.lists import save_list
from guiju.kernel.errors import NotAllowed
from guiju.orders.tests.factories import a_shop, some_order
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.sales.services.leads import open_lead
from guiju.sales.tests.factories import customer_of, offer

PAGES = {
    "opportunities": ("/opportunities/list/", "/opportunities/list/save/"),
    "leads": ("/opportunities/leads/", "/opportunities/leads/save/"),
    "orders": ("/orders/", "/orders/save/"),
}
ASKED = {
    "opportunities": ({"state": "all", "stage": "contact", "sort": "amount"}, {"search": "年货"}),
    "leads": ({"state": "all", "owner": "me"}, {"search": "李"}),
    "orders": ({"state": "open", "sort": "amount"}, {"search": "13800138000", "customer": "1"}),
}


@pytest.fixture
def seller(group: Group, client: Client) -> Client:
    sales, customer, product = a_shop(group)
    some_order(sales, customer, product)
    firm = customer_of(sales)
    offer(sales, firm, stage="contact")
    with acting(sales):
        open_lead(customer_id=firm.pk, interest="礼盒", actor=sales, at=AT)
    return sign_in(client, "xiaoshou.a")


@pytest.mark.parametrize("kind", PAGES)
def test_a_list_of_each_kind_is_kept_opened_shared_and_taken_away(group: Group, seller: Client, kind: str) -> None:
    (page, save), (kept, searched) = PAGES[kind], ASKED[kind]
    assert f'href="{save}?' in seller.get(page).content.decode()
    assert "请先筛选" in seller.post(f"{save}?page=2", {"name": "重点"}).content.decode()
    asked = "&".join(f"{name}={value}" for name, value in {**kept, **searched, "columns": "x", "odd": "1"}.items())
    told = seller.post(f"{save}?{asked}", {"name": "重点", "is_shared": "on"}, follow=True)
    assert told.redirect_chain[0][0].startswith(f"{page}?") and "已保存“重点”" in told.content.decode()
    with acting(group.sales_a):
        made = SavedList.objects.get()
    assert (made.kind, made.query) == (kind, kept)
    [one] = seller.get(page).context["lists"]
    assert {
        name: value for name, value in vars(seller.get(f"{page}?{one.query}").context["asked"]).items() if value
    } == kept

    join(group.company_a, "sales", "xiaoshou.c", group.system_admin, group.security_admin)
    colleague = sign_in(Client(), "xiaoshou.c")
    assert [one.name for one in colleague.get(page).context["lists"]] == ["重点"]
    assert "别人保存的" in colleague.post(f"/customers/lists/{made.pk}/remove/", follow=True).content.decode()

    gone = seller.post(f"/customers/lists/{made.pk}/remove/", follow=True)
    assert gone.redirect_chain[0][0] == page and gone.context["lists"] == []


def test_the_same_name_stands_for_one_list_of_each_kind(group: Group) -> None:
    sales = group.sales_a
    with acting(sales):
        for kind in ("customers", *PAGES):
            for sort in ("name", "due"):
                query = {"sort": sort, "state": "open"}
                save_list(name="重点", query=query, is_shared=False, kind=kind, actor=sales, at=AT)
        for kind in ("customers", *PAGES):
            [one] = kept_lists(sales, kind)
            assert "sort=due" in one.query or kind == "leads"


@pytest.mark.parametrize("kind", PAGES)
def test_who_sees_none_of_them_keeps_no_list(group: Group, kind: str) -> None:
    helper = join(group.company_a, "contractor", "waibu.a", group.system_admin, group.security_admin)
    with acting(helper), pytest.raises(NotAllowed):
        save_list(name="重点", query={"state": "open"}, is_shared=False, kind=kind, actor=helper, at=AT)
    assert sign_in(Client(), "waibu.a").get(PAGES[kind][1]).status_code == 403
