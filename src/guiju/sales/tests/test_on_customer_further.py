"""What this part tells of a customer beside the card: stage moves, to-dos done; and who isn't called back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.timeline import whole_timeline
from guiju.customers.services.calling_back import release_neglected
from guiju.customers.services.pool import PoolLimits, set_pool_rule
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import publish
from guiju.sales.services.moving import lose_opportunity, move_opportunity
from guiju.sales.services.todos import add_todo, finish_todo
from guiju.sales.tests.factories import customer_of, offer


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def test_stage_moves_and_what_was_done_are_told(seller: Member) -> None:
    customer = customer_of(seller)
    deal = offer(seller, customer)
    with acting(seller):
        move_opportunity(opportunity_id=deal.pk, stage="quote", actor=seller, at=AT + timedelta(hours=1))
        todo = add_todo(title="寄样品", customer_id=customer.pk, actor=seller, at=AT)
        finish_todo(todo_id=todo.pk, actor=seller, at=AT + timedelta(hours=2))
        with reading(seller, purpose="sales", on=day_of(AT)) as seen:
            told = whole_timeline(seen, seen.customer(customer.pk), page=1).events
    assert [one.kind for one in told][:2] == ["待办", "商机阶段"]
    assert told[0].text == "办完“寄样品”" and "→" in told[1].text
    assert [one.kind for one in told].count("待办") == 1


@pytest.mark.parametrize("record", ["todo", "opportunity"])
def test_nothing_of_it_is_told_for_another_purpose(group: Group, seller: Member, client: Client, record: str) -> None:
    customer = customer_of(seller)
    deal = offer(seller, customer)
    with acting(seller):
        move_opportunity(opportunity_id=deal.pk, stage="quote", actor=seller, at=AT + timedelta(hours=1))
        todo = add_todo(title="寄样品", customer_id=customer.pk, actor=seller, at=AT)
        finish_todo(todo_id=todo.pk, actor=seller, at=AT + timedelta(hours=2))
        add_todo(title="约参观", customer_id=customer.pk, actor=seller, at=AT)
    sign_in(client, "xiaoshou.a")
    words = {"todo": ["寄样品", "约参观"], "opportunity": [deal.name, "→"]}
    address, ends = f"/customers/{customer.pk}/", ("", "timeline/")
    shown = {
        purpose: "".join(client.get(f"{address}{end}?purpose={purpose}").content.decode() for end in ends)
        for purpose in ("sales", "marketing")
    }
    for word in words[record]:
        assert word in shown["sales"] and word not in shown["marketing"]


def test_moves_take_the_same_few_statements_for_one_opportunity_and_for_many(seller: Member, client: Client) -> None:
    customer = customer_of(seller)

    def moved(number: int) -> None:
        deal = offer(seller, customer)
        with acting(seller):
            move_opportunity(opportunity_id=deal.pk, stage="quote", actor=seller, at=AT + timedelta(hours=number))

    sign_in(client, "xiaoshou.a")
    told = []
    for some in (range(1, 2), range(2, 6)):
        for number in some:
            moved(number)
        client.get(f"/customers/{customer.pk}/timeline/")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/customers/{customer.pk}/timeline/").content.decode().count("→") == some[-1]
        told.append([one["sql"][:160] for one in asked.captured_queries if "keys_datakey" not in one["sql"]])
    assert len(told[0]) == len(told[1]), "\n".join(told[1])


def test_a_customer_with_an_open_opportunity_is_not_called_back(group: Group, seller: Member) -> None:
    head = join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    with acting(head):
        set_pool_rule(entity_id=head.entity_id, limits=PoolLimits(idle_days=30), actor=head, at=AT)
    busy, idle = customer_of(seller, "东方餐饮"), customer_of(seller, "西方餐饮")
    deal = offer(seller, busy)
    assert release_neglected(at=AT + timedelta(days=40)) == 1
    with acting(seller):
        assert [one.owner_id for one in Customer.objects.filter(pk=idle.pk)] == [None]
        lose_opportunity(opportunity_id=deal.pk, reason="price", actor=seller, at=AT + timedelta(days=41))
    assert release_neglected(at=AT + timedelta(days=42)) == 1
