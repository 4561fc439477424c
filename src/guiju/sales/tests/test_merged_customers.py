"""What the parts above hold of a customer goes along when two become one, and comes back (合并客户)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from click.testing import CliRunner
from django.test import Client
from django.utils import timezone

from guiju.customers.cli import customer as customer_commands
from guiju.customers.models import Customer
from guiju.customers.services.notes import NoteDetails
from guiju.customers.tests.merging import LATER, merge, part, person
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing
from guiju.orders.models import Order
from guiju.orders.tests.factories import some_order, some_product
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import publish
from guiju.sales.models import Opportunity, Todo
from guiju.sales.selectors.deal_notes import notes_of
from guiju.sales.selectors.reading import deals
from guiju.sales.services.deal_notes import add_deal_note
from guiju.sales.services.todos import add_todo
from guiju.sales.tests.factories import offer

PHONE = "13800138001"


def busy_pair(group: Group) -> tuple[Member, Customer, Customer]:
    publish(group)
    seller = group.sales_a
    kept, gone = person(seller, phone=PHONE), person(seller, "李晓明", phone=PHONE)
    some_order(seller, gone, some_product(group))
    offer(seller, gone)
    with acting(seller):
        add_todo(title="送样品", actor=seller, at=AT, customer_id=gone.pk)
    return seller, kept, gone


def of(customer: Customer) -> list[int]:
    models: tuple[Any, ...] = (Order, Opportunity, Todo)
    return [model.objects.filter(customer=customer).count() for model in models]


def test_orders_opportunities_and_todos_go_along_and_come_back(group: Group, client: Client) -> None:
    seller, kept, gone = busy_pair(group)
    sign_in(client, seller.user.username)
    form = client.get(f"/customers/{kept.pk}/merge/{gone.pk}/").content.decode()
    for words in ("1笔订单", "1个商机", "1件待办事项"):
        assert words in form
    made = merge(kept, gone, seller)
    with acting(seller):
        assert of(kept) == [1, 1, 1] and of(gone) == [0, 0, 0]
    page = client.get(f"/customers/{kept.pk}/").content.decode()
    assert "蓝莓汁" in page and "年货礼盒" in page
    some_order(seller, kept, some_product(group), at=LATER + timedelta(minutes=1))
    undone = part(made, seller)
    assert list(undone.left) == ["合并以后登记的1笔订单留在留下的客户这里"]
    with acting(seller):
        assert of(kept) == [1, 0, 0] and of(gone) == [1, 1, 1]


def test_a_note_that_stays_with_the_other_shows_no_more_on_the_opportunity_that_went_back(group: Group) -> None:
    seller, kept, gone = busy_pair(group)
    made = merge(kept, gone, seller)
    with acting(seller):
        deal = Opportunity.objects.get(customer=kept)
        later = LATER + timedelta(minutes=1)
        add_deal_note(opportunity_id=deal.pk, details=NoteDetails("预算五万"), actor=seller, at=later)
        with deals(seller, on=day_of(AT)) as seen:
            assert [one.text for one in notes_of(seen, seen.row(deal.pk))] == ["预算五万"]
    part(made, seller)
    with acting(seller), deals(seller, on=day_of(AT)) as seen:
        row = seen.row(deal.pk)
        assert row.customer_id == gone.pk and notes_of(seen, row) == []


def test_programs_find_merge_and_part(group: Group, client: Client) -> None:
    seller, kept, gone = busy_pair(group)
    with acting(seller):
        token = create_token(member=seller, name="合并", days=1, at=timezone.now())
    bearer = {"headers": {"authorization": f"Bearer {token}"}, "content_type": "application/json"}
    answer = CliRunner().invoke(customer_commands, ["duplicates", "--format", "json"], obj=token)
    assert answer.exit_code == 0 and str(gone.pk) in answer.output, answer.output
    told = CliRunner().invoke(customer_commands, ["duplicates"], obj=token).output
    assert "手机相同：2位" in told
    listed = client.get("/api/v1/customer-duplicates", **bearer).json()
    assert [one["count"] for one in listed] == [2]
    assert client.get("/api/v1/customer-duplicates?ground=x", **bearer).status_code == 422
    address = f"/api/v1/customers/{kept.pk}/merge"
    odd = client.post(address, {"gone_id": str(gone.pk), "taken": ["nothing"]}, **bearer)
    assert odd.status_code == 422 and "nothing" in odd.json()["message"]
    made = client.post(address, {"gone_id": str(gone.pk), "taken": ["name"]}, **bearer)
    assert made.status_code == 201, made.content
    again = client.post(address, {"gone_id": str(gone.pk)}, **bearer)
    assert again.json()["code"] == "customer_merged"
    restored = client.post(f"/api/v1/customers/{kept.pk}/restore", {"version": 1}, **bearer)
    assert restored.status_code == 200, restored.content
    undone = client.post(f"/api/v1/customer-merges/{made.json()['id']}/undo", **bearer)
    assert undone.json()["left"] == ["“姓名”合并以后改过，没有恢复"]
    nobody = client.post(f"/api/v1/customer-merges/{kept.pk}/undo", **bearer)
    assert nobody.status_code == 404 and nobody.json()["code"] == Missing("merge_missing", "").code
