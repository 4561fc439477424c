"""Where no code can be sent, what a person writes becomes a task of staff (网上留言: `leave_message`, `answer_message`)."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from guiju.customers.models import Customer
from guiju.customers.tests.test_refusals import EMAIL, PHONE, reachable
from guiju.customers.tests.test_withdrawing_alone import opened
from guiju.database.scope import scope
from guiju.kernel.calendar import months_later
from guiju.kernel.calendar.clock import CHINA, day_of
from guiju.kernel.errors import Refused
from guiju.keys.values import sealed_values
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Message, Refusal
from guiju.privacy.services.messages import KEPT_MONTHS, KIND, Written, clear_unanswered, leave_message
from guiju.privacy.tests.factories import data_officer
from guiju.work.models import Task


@pytest.fixture
def li(group: Group) -> Customer:
    return reachable(group)


def page_of(group: Group) -> str:
    return f"/my-consents/{group.company_a.unified_code}/"


def test_a_message_is_a_task_and_tells_nobody_who_is_registered(
    group: Group, li: Customer, client: Client, settings
) -> None:
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    stranger = Client()
    assert "在这里留言" in stranger.get(page_of(group)).content.decode()
    written = {"about": "refuse", "reach": PHONE, "name": "李女士", "text": "不要再打电话"}
    answers = [
        stranger.post(page_of(group), {**written, "reach": reach}).content.decode() for reach in (PHONE, "13900139000")
    ]
    assert answers[0] == answers[1] and "已收到您的留言" in answers[0]
    for odd in ({"reach": "138"}, {"reach": ""}, {"about": "x"}, {"text": "长" * 501}, {"reach": "\x00"}):
        again = stranger.post(page_of(group), {**written, **odd})
        assert again.status_code == 422 and "李女士" in again.content.decode()
    settings.ROOT_URLCONF = "guiju.project.urls"
    officer = data_officer(group)
    with acting(officer):
        tasks = list(Task.objects.filter(kind=KIND).order_by("made_at"))
        assert len(tasks) == 2 and all("李" not in one.title and "138" not in one.title for one in tasks)
    sign_in(client, officer.user.username)
    address = reverse("answer_message", args=[tasks[0].subject_id])
    assert address in client.get(reverse("work_list")).content.decode()
    page = client.get(address).content.decode()
    assert PHONE in page and "李女士" in page and "不要再打电话" in page
    form = client.get(reverse("add_refusal"), {"message": tasks[0].subject_id}).content.decode()
    assert f'value="{PHONE}"' in form
    given = {"phone": PHONE, "means": "message", "on": "2026-11-24", "proof": "网上留言"}
    told = client.post(f"{reverse('add_refusal')}?message={tasks[0].subject_id}", given, follow=True)
    assert "已登记，立即生效" in told.content.decode() and "办结" in told.content.decode()
    assert client.post(address, {"outcome": f"已打{PHONE}"}).status_code == 422
    assert client.post(address, {"outcome": ""}).status_code == 422
    client.post(address, {"outcome": "已登记拒收，当天电话答复"})
    page = client.get(address).content.decode()
    assert PHONE not in page and "李女士" not in page and "已登记拒收" in page
    with acting(officer):
        assert Refusal.objects.count() == 1
        done = Message.objects.get(pk=tasks[0].subject_id)
        assert sealed_values(done, "sealed") == {}
        assert Task.objects.get(pk=tasks[0].pk).done_at is not None
    assert client.post(address, {"outcome": "又办了一次"}).status_code == 422


def test_who_has_no_business_with_it_doesnt_see_it(group: Group, client: Client) -> None:
    with scope(entities={group.company_a.pk}):
        made = leave_message(entity_id=group.company_a.pk, written=Written("other", EMAIL), origin="192.0.2.1", at=AT)
    address = reverse("answer_message", args=[made.pk])
    sign_in(client, group.sales_a.user.username)
    assert client.get(address).status_code == 403
    assert EMAIL not in client.get(reverse("add_refusal"), {"message": made.pk}).content.decode()
    join(group.company_b, "service", "kefu.b", group.system_admin, group.security_admin)
    other = Client()
    sign_in(other, "kefu.b")
    assert other.get(address).status_code == 404


def test_nobody_writes_a_thousand_times(group: Group) -> None:
    def write(origin: str, minutes: int) -> None:
        with scope(entities={group.company_a.pk}):
            leave_message(
                entity_id=group.company_a.pk,
                written=Written("other", EMAIL),
                origin=origin,
                at=AT + timedelta(minutes=minutes),
            )

    for minute in range(5):
        write("192.0.2.1", minute)
    with pytest.raises(Refused) as refused:
        write("192.0.2.1", 6)
    assert refused.value.code == "message_often"
    write("192.0.2.2", 7)


def test_the_person_refuses_e_mail_too_by_a_code_to_the_phone(
    group: Group, li: Customer, client: Client, settings
) -> None:
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    page, ticket = opened(client, group)
    assert "Z***@example.com" in page and EMAIL not in page and "对集团各公司都有效是内部规则" in page
    told = client.post(page_of(group), {"ticket": ticket, "refuse": "all"}).content.decode()
    assert "这个手机和登记的邮箱" in told
    with scope(entities={group.company_a.pk}):
        assert sorted(Refusal.objects.values_list("sort", "way")) == [("email", "person"), ("phone", "person")]


def test_a_household_of_many_addresses_is_one_place(group: Group) -> None:
    def write(origin: str) -> None:
        with scope(entities={group.company_a.pk}):
            leave_message(entity_id=group.company_a.pk, written=Written("other", EMAIL), origin=origin, at=AT)

    for host in range(5):
        write(f"2001:db8:1:2::{host}")
    with pytest.raises(Refused):
        write("2001:db8:1:2:ffff::1")
    write("2001:db8:1:3::1")
    for _ in range(5):
        write("::ffff:192.0.2.1")
    with pytest.raises(Refused):
        write("192.0.2.1")


def test_what_nobody_dealt_with_is_forgotten_in_its_time(group: Group, client: Client) -> None:
    with scope(entities={group.company_a.pk}):
        made = leave_message(entity_id=group.company_a.pk, written=Written("other", EMAIL), origin="192.0.2.1", at=AT)
    over = datetime.combine(months_later(day_of(AT), KEPT_MONTHS), time(3, 41), CHINA)
    assert clear_unanswered(at=over - timedelta(days=1)) == 0
    assert clear_unanswered(at=over) == 1 and clear_unanswered(at=over) == 0
    officer = data_officer(group)
    with acting(officer):
        made.refresh_from_db()
        assert sealed_values(made, "sealed") == {} and made.done_at == over and made.done_by is None
        task = Task.objects.get(kind=KIND)
        assert task.done_at == over and task.done_by is None and "没有办结" in task.outcome
    sign_in(client, officer.user.username)
    page = client.get(reverse("answer_message", args=[made.pk]))
    assert page.status_code == 200 and "没有办结，满6个月" in page.content.decode()
    assert "None" not in page.content.decode()
