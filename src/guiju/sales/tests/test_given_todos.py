"""A to-do goes to a colleague who sees its customer, is changed and taken off with its history (add_todo, change_todo,
remove_todo), and a note about an opportunity stands with its customer too (add_deal_note)."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.services.notes import NoteDetails, remove_note
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.notifications.models import Notice
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, let, sign_in
from guiju.sales.models import Todo
from guiju.sales.selectors.today import count_today
from guiju.sales.services.deal_notes import add_deal_note
from guiju.sales.services.todos import TodoDetails, add_todo, change_todo, finish_todo, remove_todo
from guiju.sales.tests.factories import customer_of, offer


@pytest.fixture
def manager(group: Group) -> Member:
    return join(group.company_a, "sales_manager", "jingli.a", group.system_admin, group.security_admin)


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def test_a_colleague_is_given_something_and_told(group: Group, client: Client, manager: Member) -> None:
    me, firm, day = group.sales_a, customer_of(group.sales_a), timezone.localdate() + timedelta(days=1)
    sign_in(client, "jingli.a")
    typed = {"title": "寄样品", "due_on": f"{day}", "due_time": "09:30", "to": str(me.pk)}
    client.post(f"/today/todos/add/?customer={firm.pk}", typed)
    given = client.get("/today/").content.decode().partition('id="given"')[2]
    assert "寄样品" in given and "09:30" in given and f"交给{me.user.name}" in given
    with acting(me):
        assert Notice.objects.filter(kind="sales.todo_given", member=me).count() == 1
        todo = Todo.objects.get()
        assert (todo.member_id, todo.given_by_id, todo.due_time) == (me.pk, manager.pk, time(9, 30))
    sign_in(client, "xiaoshou.a")
    # What is to be done may be about somebody: the notice says who and when.
    inbox = client.get("/notices/").content.decode()
    assert "交给您一件待办" in inbox and "09:30" in inbox and "寄样品" not in inbox
    assert "寄样品" in client.get("/today/").content.decode()
    assert "寄样品" in client.get(f"/customers/{firm.pk}/").content.decode()
    client.post(f"/today/todos/{todo.pk}/finish/")
    assert "寄样品" in client.get("/today/todos/done/").content.decode()
    page = client.get(f"/customers/{firm.pk}/").content.decode()
    assert "办完“寄样品”" in page.partition('id="timeline"')[2]
    sign_in(client, "jingli.a")
    assert f"交给{me.user.name}" in client.get("/today/todos/done/").content.decode()


def test_it_is_given_to_nobody_who_couldn_t_do_it(group: Group, manager: Member, colleague: Member) -> None:
    firm = customer_of(group.sales_a)
    with acting(manager):
        for to, code in ((colleague, "holder_blind"), (group.sales_b, "holder_company")):
            with pytest.raises(Refused) as refusal:
                add_todo(title="回电", actor=manager, at=AT, customer_id=firm.pk, to=to)
            assert [one.code for one in refusal.value.problems] == [code]
        with pytest.raises(Refused):
            add_todo(title="回电", actor=manager, at=AT, due_time=time(9), to=colleague)
        made = add_todo(title="回电", actor=manager, at=AT, to=colleague)
    with acting(manager), pytest.raises(Refused):
        finish_todo(todo_id=made.pk, actor=manager, at=AT)
    with acting(group.sales_a):
        for act in (finish_todo, remove_todo):
            with pytest.raises(Missing):
                act(todo_id=made.pk, actor=group.sales_a, at=AT)
        with pytest.raises(Missing):
            change_todo(todo_id=made.pk, details=TodoDetails("x"), actor=group.sales_a, at=AT)


def test_who_has_it_and_who_gave_it_may_change_it_and_take_it_off(
    group: Group, client: Client, manager: Member
) -> None:
    me = group.sales_a
    with acting(manager):
        todo = add_todo(title="回电", actor=manager, at=AT, to=me, due_on=date(2026, 11, 24))
    sign_in(client, "xiaoshou.a")
    form = client.get(f"/today/todos/{todo.pk}/change/").content.decode()
    assert 'value="回电"' in form and 'value="2026-11-24"' in form
    client.post(f"/today/todos/{todo.pk}/change/", {"title": "回电报价", "due_on": "2026-11-25", "due_time": "14:00"})
    wrong = client.post(f"/today/todos/{todo.pk}/change/", {"title": "回电报价", "due_time": "25:99"})
    assert wrong.status_code == 422 and "请写成 09:30" in wrong.content.decode()
    with acting(me):
        assert count_today(me, at=timezone.now()) == 1
    client.post(f"/today/todos/{todo.pk}/remove/")
    assert "回电报价" not in client.get("/today/").content.decode()
    with acting(me):
        todo.refresh_from_db()
        assert count_today(me, at=timezone.now()) == 0
        assert [one.action for one in history_of(todo)] == ["sales.remove_todo", "sales.change_todo", "sales.add_todo"]
        with pytest.raises(Missing):
            finish_todo(todo_id=todo.pk, actor=me, at=AT)


def test_a_note_about_an_opportunity_shows_on_both(group: Group, client: Client, colleague: Member) -> None:
    me, firm = group.sales_a, customer_of(group.sales_a)
    deal, other = offer(me, firm, "年货礼盒"), offer(me, firm, "中秋礼盒")
    sign_in(client, "xiaoshou.a")
    address = f"/opportunities/{deal.pk}/note/"
    wrong = client.post(address, {"way": "call", "text": "身份证110101199003077571"})
    assert wrong.status_code == 422 and "110101199003077571" in wrong.content.decode()
    assert client.post(address, {"way": "call", "text": "下周送样"}).status_code == 302
    for page in (f"/opportunities/{deal.pk}/", f"/customers/{firm.pk}/"):
        assert "下周送样" in client.get(page).content.decode()
    assert "下周送样" not in client.get(f"/opportunities/{other.pk}/").content.decode()
    let("sales", "opportunity.read", "company")
    sign_in(client, "xiaoshou.a2")
    # Who sees the opportunity and not its customer reads no note.
    assert "下周送样" not in client.get(f"/opportunities/{deal.pk}/").content.decode()
    with acting(colleague), pytest.raises((Missing, NotAllowed)):
        add_deal_note(opportunity_id=deal.pk, details=NoteDetails("x"), actor=colleague, at=AT)
    with acting(me):
        saved = add_deal_note(opportunity_id=deal.pk, details=NoteDetails("写错了"), actor=me, at=AT)
        remove_note(note_id=saved.note.pk, reason="写错了", actor=me, at=AT)
    sign_in(client, "xiaoshou.a")
    assert "写错了" not in client.get(f"/opportunities/{deal.pk}/").content.decode()
