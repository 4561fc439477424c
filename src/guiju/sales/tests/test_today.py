"""我的今天 shows what waits for oneself, and says so once a day (remind_of_follow_ups, add_todo, finish_todo)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from guiju.customers.selectors.reading import reading
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Missing, Refused
from guiju.notifications.models import Notice
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, make_plain, sign_in
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field
from guiju.privacy.tests.factories import data_officer, publish
from guiju.sales.models import Todo
from guiju.sales.selectors.today import count_today, touches_of
from guiju.sales.services.reminding import DUE_TODAY, remind_of_follow_ups
from guiju.sales.services.todos import add_todo, finish_todo
from guiju.sales.tests.factories import customer_of, offer


@pytest.fixture
def colleague(group: Group) -> Member:
    return join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)


def promise(member: Member, name: str, at: datetime, days: int) -> None:
    """A customer with whom it goes on so many days after."""
    customer = customer_of(member, name, at=at)
    with acting(member):
        said = NoteDetails(f"和{name}说好再联系", "call", at, day_of(at) + timedelta(days=days))
        add_note(customer_id=customer.pk, details=said, actor=member, at=at)


def test_what_waits_stands_on_one_page_and_is_one_click_away(group: Group, client: Client, colleague: Member) -> None:
    make_plain("sales")
    now, me = timezone.now(), group.sales_a
    promise(me, "到期客户", now - timedelta(days=3), 3)
    promise(me, "过期客户", now - timedelta(days=9), 2)
    promise(me, "以后客户", now, 5)
    promise(colleague, "同事客户", now - timedelta(days=3), 3)
    quiet = customer_of(me, "沉默客户", at=now - timedelta(days=31))
    offer(me, quiet, "等着报价", at=now - timedelta(days=8), next_on=day_of(now), next_step="报价")
    offer(me, quiet, "早该成交", at=now - timedelta(days=8), expected_on=day_of(now) - timedelta(days=1))
    offer(me, quiet, "还不急", at=now - timedelta(days=8), next_on=day_of(now) + timedelta(days=1))
    with acting(me):
        todo = add_todo(title="准备周例会", due_on=day_of(now), actor=me, at=now)
    sign_in(client, "xiaoshou.a")
    page = client.get("/today/").content.decode()
    due, rest = page.split('id="opportunities"')
    assert "到期客户" in due and "和过期客户说好再联系" in due and "以后客户" not in due
    assert "同事客户" not in page and f"/customers/{quiet.pk}/notes/add/" in rest
    assert "等着报价" in rest and "早该成交" in rest and "还不急" not in rest
    assert "准备周例会" in page
    with acting(me):
        assert count_today(me, at=now) == 5
    assert '<a href="/today/">5</a>' in client.get("/").content.decode()
    client.post(f"/today/todos/{todo.pk}/finish/")
    assert "准备周例会" not in client.get("/today/").content.decode()


def test_what_is_put_on_the_list_is_said_when_it_can_t_be_kept(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    firm = customer_of(group.sales_a)
    assert f"/today/todos/add/?customer={firm.pk}" in client.get(f"/customers/{firm.pk}/").content.decode()
    client.post(f"/today/todos/add/?customer={firm.pk}", {"title": "寄样品"})
    page = client.get("/today/").content.decode()
    assert "寄样品" in page and f'<a href="/customers/{firm.pk}/">东方餐饮</a>' in page
    assert client.get("/today/todos/add/?customer=x").status_code == 404
    wrong = client.post("/today/todos/add/", {"title": "身份证110101199003077571"})
    assert wrong.status_code == 422 and "身份证110101199003077571" in wrong.content.decode()
    wrong = client.post("/today/todos/add/", {"title": "<b>问候</b>", "due_on": "1000-01-01"})
    assert wrong.status_code == 422 and "&lt;b&gt;问候" in wrong.content.decode()
    client.post("/today/todos/add/", {"title": "<b>问候</b>"})
    assert "&lt;b&gt;问候&lt;/b&gt;" in client.get("/today/").content.decode()


def test_a_list_is_one_s_own(group: Group, colleague: Member) -> None:
    with acting(group.sales_a):
        todo = add_todo(title="x", actor=group.sales_a, at=AT)
        with pytest.raises(Refused):
            add_todo(title=" ", actor=group.sales_a, at=AT)
    with acting(colleague), pytest.raises(Missing):
        finish_todo(todo_id=todo.pk, actor=colleague, at=AT)
    with acting(group.sales_a):
        finish_todo(todo_id=todo.pk, actor=group.sales_a, at=AT)
        with pytest.raises(Missing):
            finish_todo(todo_id=todo.pk, actor=group.sales_a, at=AT)
        assert Todo.objects.get().done_at == AT


def test_who_sells_nothing_has_a_day_too(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    page = client.get("/today/").content.decode()
    assert "我的待办事项" in page and "今天跟进" not in page and "商机的下一步" not in page


def test_everybody_is_told_once_a_day_and_not_before_eight(group: Group, colleague: Member) -> None:
    promise(group.sales_a, "甲", AT, 1)
    promise(group.sales_b, "乙", AT, 1)
    promise(colleague, "丙", AT, 2)
    morning = datetime(2026, 11, 25, 8, 0, tzinfo=CHINA)
    assert remind_of_follow_ups(at=morning - timedelta(minutes=1)) == 0
    assert remind_of_follow_ups(at=morning) == 2
    promise(group.sales_a, "丁", AT, 1)
    assert remind_of_follow_ups(at=morning + timedelta(hours=5)) == 0
    # The next day both have still waiting what they had, and the colleague is due.
    assert remind_of_follow_ups(at=morning + timedelta(days=1)) == 3
    with acting(group.sales_a):
        told = Notice.objects.filter(kind="sales.due_today", member=group.sales_a)
        assert {one.key for one in told} == {f"sales.due_today:2026-11-{day}:{group.sales_a.pk}" for day in (25, 26)}
        assert {one.url for one in told} == {"/today/"}
        # The digest of the next morning says how it stands then, and nothing when nothing waits.
        assert DUE_TODAY.still is not None
        assert DUE_TODAY.still(told[0], morning + timedelta(days=1)) == "今天有2件要跟进"
        assert DUE_TODAY.still(told[0], AT - timedelta(days=9)) is None


def test_after_a_standstill_the_day_is_told_and_not_the_days_between(group: Group) -> None:
    promise(group.sales_a, "甲", AT, 1)
    assert remind_of_follow_ups(at=AT + timedelta(days=9)) == 1
    assert remind_of_follow_ups(at=AT + timedelta(days=9, minutes=10)) == 0


def test_what_a_todo_says_of_somebodys_health_shows_as_the_matrix_says(group: Group, client: Client) -> None:
    with acting(group.sales_a):
        add_todo(title="给王总送药，他有糖尿病，改打13900139000", actor=group.sales_a, at=timezone.now())
    page = sign_in(client, "xiaoshou.a").get("/today/").content.decode()
    assert "给王总送药，***，改打" in page and "糖尿病" not in page


def test_consents_to_notes_are_asked_once_for_all_who_wait(group: Group) -> None:
    officer, me, now = data_officer(group), group.sales_a, timezone.now()
    how = {"entity_id": officer.entity_id, "record_kind": "note", "code": "text", "actor": officer, "at": now}
    publish(group)
    people = [customer_of(me, f"客户{one}", kind="person") for one in range(5)]
    with acting(me):
        for one in people:
            add_note(customer_id=one.pk, details=NoteDetails("来电"), actor=me, at=now)
    with acting(officer):
        change_field(details=FieldDetails("跟进内容", sort="long_text", uses={"sales": "consent"}, retention=36), **how)
        activate_field(**how)

    def asked(count: int) -> tuple[int, set[str]]:
        with acting(me), reading(me, purpose="sales", on=day_of(now)) as seen:
            rows = list(seen.customers()[:count])
            with CaptureQueriesContext(connection) as statements:
                said = {one.last for one in touches_of(seen, rows)}
        return len(statements), said

    asked(5)
    assert asked(1) == asked(5) and asked(5)[1] == {""}
