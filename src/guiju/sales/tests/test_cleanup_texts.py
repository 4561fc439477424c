"""Texts of opportunities, leads and to-dos are searched for what is held against the law, frozen and deleted (违规数据清理)."""

from __future__ import annotations

from datetime import timedelta

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
from guiju.customers.values import ERASED_NAME
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import publish
from guiju.sales.models import Lead, Opportunity, Todo
from guiju.sales.services.details import Details
from guiju.sales.services.leads import discard_lead, open_lead
from guiju.sales.services.opportunities import add_opportunity, change_opportunity
from guiju.sales.services.todos import add_todo, finish_todo
from guiju.sales.tests.factories import customer_of, offer

NAME, STEP, ASKS, TODO = "李家换冷柜", "约量尺寸", "要一台冷柜", "给李家寄样品"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    found = customer_of(group.sales_a, "李小明", kind="person")
    offer(group.sales_a, found, NAME, next_step=STEP, next_on=day_of(AT) + timedelta(days=1))
    with acting(group.sales_a):
        open_lead(customer_id=found.pk, interest=ASKS, actor=group.sales_a, at=AT)
        add_todo(title=TODO, actor=group.sales_a, at=AT, customer_id=found.pk, due_on=day_of(AT))
        add_todo(title="买打印纸", actor=group.sales_a, at=AT)
    return found


def shown(group: Group, li: Customer, client: Client) -> str:
    sign_in(client, "xiaoshou.a")
    with acting(group.sales_a):
        deal, lead, todo = Opportunity.objects.get(), Lead.objects.get(), Todo.objects.get(customer=li)
    addresses = (
        "/today/",
        "/opportunities/",
        "/opportunities/list/?state=all",
        f"/opportunities/list/?search={NAME}",
        f"/opportunities/{deal.pk}/",
        f"/opportunities/{deal.pk}/change/",
        "/opportunities/leads/?state=all",
        f"/opportunities/leads/{lead.pk}/qualify/",
        f"/today/todos/{todo.pk}/change/",
        f"/customers/{li.pk}/",
        f"/customers/{li.pk}/timeline/",
    )
    pages = [client.get(one) for one in addresses]
    assert {one.status_code for one in pages} <= {200, 422}, [one.status_code for one in pages]
    return "\n".join(one.content.decode().replace(f'value="{NAME}"', "").replace(f"search={NAME}", "") for one in pages)


def refused(act: object, **how: object) -> None:
    with pytest.raises(Refused) as refusal:
        act(**how)  # type: ignore[operator]
    assert refusal.value.code == "subject_frozen"


def test_what_is_held_lawfully_is_searched_and_not_found(group: Group, li: Customer) -> None:
    found = find(group)
    # An opportunity and a lead, and the to-do about somebody; what is about nobody is not searched.
    assert found.counts == {} and found.records == {"person": 1, "opportunity": 2, "todo": 1}


def test_what_is_out_of_use_untold_or_no_longer_consented_to_is_found(group: Group, li: Customer) -> None:
    retire(group, "opportunity", "next_step")
    assert why(find(group)) == {"opportunity.next_step": {"active_first"}}
    untell(group, "opportunity.name", "todo.title")
    found = find(group, at=LATER)
    assert why(found)["opportunity.name"] == why(found)["todo.title"] == {"told_first"}
    assert found.counts["opportunity.name"]["found"] == 2


@pytest.mark.parametrize(("record", "code"), [("opportunity", "name"), ("todo", "title")])
def test_a_consent_that_is_withdrawn_takes_them_along(group: Group, li: Customer, record: str, code: str) -> None:
    consent_and_withdraw(group, li, record, code)
    assert why(find(group, at=LATER)) == {f"{record}.{code}": {"consent_first", "delete_after_withdrawal"}}


def test_frozen_texts_show_nowhere_are_not_found_and_do_not_change(group: Group, li: Customer, client: Client) -> None:
    before = shown(group, li, client)
    assert all(text in before for text in (NAME, STEP, ASKS, TODO))
    untell(group, "opportunity.name", "todo.title")
    assert freeze_all(group) == {"opportunity.name": {"told_first"}, "todo.title": {"told_first"}}
    after = shown(group, li, client)
    assert not any(text in after for text in (NAME, STEP, ASKS, TODO)) and "买打印纸" in after
    me, how = group.sales_a, {"actor": group.sales_a, "at": AFTERWARDS}
    with acting(me):
        deal, lead, todo = Opportunity.objects.get(), Lead.objects.get(), Todo.objects.get(customer=li)
        refused(change_opportunity, opportunity_id=deal.pk, details=Details("改名"), **how)
        refused(add_opportunity, customer_id=li.pk, details=Details("再来一台"), **how)
        refused(discard_lead, lead_id=lead.pk, reason="price", **how)
        refused(finish_todo, todo_id=todo.pk, **how)
        refused(add_todo, title="再联系", customer_id=li.pk, **how)


def test_two_people_delete_them_and_the_figures_stay(group: Group, li: Customer) -> None:
    untell(group, "opportunity.name", "todo.title")
    freeze_all(group)
    assert delete_all(group).counts == {"sales.opportunities": 1, "sales.leads": 1, "sales.todos": 1}
    with acting(group.sales_a):
        deal, lead, todo = Opportunity.objects.get(), Lead.objects.get(), Todo.objects.get(customer=li)
        assert (deal.name, deal.next_step, deal.amount, deal.state) == (ERASED_NAME, STEP, 1000, "lost")
        assert (lead.interest, lead.state, todo.title) == (ERASED_NAME, "discarded", ERASED_NAME)
        said = str([one.changes for row in (deal, lead, todo) for one in history_of(row)])
    assert not any(text in said for text in (NAME, ASKS, TODO))


def test_a_single_text_goes_by_itself(group: Group, li: Customer) -> None:
    retire(group, "opportunity", "next_step")
    freeze_all(group)
    assert delete_all(group).counts == {"sales.opportunities": 1}
    with acting(group.sales_a):
        deal = Opportunity.objects.get()
        assert (deal.name, deal.next_step, deal.next_on, deal.state) == (NAME, "", None, "open")
        assert STEP not in str([one.changes for one in history_of(deal)])
        assert Lead.objects.get().interest == ASKS
