"""After a withdrawal what rested on the consent is to be deleted: a task until it is (撤回同意后的删除)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.archives.models import Disposal
from guiju.archives.services.holds import place_hold
from guiju.customers.models import Customer
from guiju.customers.services.consents import record_customer_consent, withdraw_customer_consent
from guiju.customers.services.intake import How
from guiju.customers.services.own_page import withdraw_by_phone
from guiju.customers.tests.test_cleanup import DAY, archivist, decide, enter, withdraw
from guiju.database.scope import scope
from guiju.notifications.models import Notice
from guiju.notifications.sealing import open_content
from guiju.notifications.tests.factories import open_sms
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.services.withdrawals import KIND, delete_withdrawn
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Task

PHONE = "13800138000"


@pytest.fixture
def li(group: Group) -> Customer:
    """A person whose gender rests on consent, and whose phone doesn't."""
    publish(group)
    how = How(consents=[given("service"), given("marketing")])
    return enter(group, {"name": "李小明", "phone": PHONE, "gender": "女"}, how)


def tasks(group: Group) -> list[Task]:
    with acting(data_officer(group)):
        return list(Task.objects.filter(kind=KIND).order_by("made_at"))


def propose(group: Group, *, at: object = AT + DAY) -> Disposal:
    officer = data_officer(group)
    [task] = tasks(group)
    with acting(officer):
        return delete_withdrawn(task=task, reason="本人撤回同意", actor=officer, at=AT + DAY)


def test_a_withdrawal_leaves_a_task_that_the_deletion_ends(group: Group, li: Customer) -> None:
    withdraw(group, li, "service", at=AT + DAY)
    [task] = tasks(group)
    assert task.right == "archive.propose" and task.due_at == AT + DAY + timedelta(days=15)
    assert "内部规则" in task.title and "李小明" not in task.title and task.subject_id == li.subject_id
    done = decide(group, propose(group), at=AT + DAY)
    assert done.basis == "withdrawn" and done.counts == {"customers.values": 1}
    [task] = tasks(group)
    assert task.done_at == AT + DAY and str(done.pk) in task.outcome


def test_what_rests_on_something_else_leaves_no_task(group: Group, li: Customer) -> None:
    withdraw(group, li, "marketing", at=AT + DAY)
    assert tasks(group) == []


def test_several_withdrawals_leave_one_task(group: Group) -> None:
    publish(group)
    how = How(consents=[given("service"), given("marketing")])
    li = enter(group, {"name": "李小明", "birthday": "2000-01-01", "gender": "女"}, how)
    withdraw(group, li, "service", at=AT + DAY)
    withdraw(group, li, "marketing", at=AT + DAY)
    assert len(tasks(group)) == 1
    with acting(data_officer(group)):
        assert delete_withdrawn_names(group) == ["person.birthday", "person.gender"]


def delete_withdrawn_names(group: Group) -> list[str]:
    [item] = propose(group).items.all()
    return list(item.fields)


def test_who_consents_again_ends_the_task(group: Group, li: Customer) -> None:
    withdraw(group, li, "service", at=AT + DAY)
    with acting(group.sales_a):
        again = [given("service", at=AT + 2 * DAY)]
        record_customer_consent(customer_id=li.pk, consents=again, actor=group.sales_a, at=AT + 2 * DAY)
    [task] = tasks(group)
    assert task.done_at == AT + 2 * DAY and "重新同意" in task.outcome


def test_what_is_held_back_leaves_the_task_open(group: Group, li: Customer) -> None:
    withdraw(group, li, "service", at=AT + DAY)
    officer, disposal = data_officer(group), propose(group)
    with acting(officer):
        assert li.subject_id is not None
        place_hold(
            entity_id=li.entity_id,
            subject_id=li.subject_id,
            sort="dispute",
            reason="投诉没有办结",
            actor=officer,
            at=AT,
        )
    decide(group, disposal, at=AT + DAY)
    [task] = tasks(group)
    assert task.done_at is None


def test_the_task_leads_to_the_page_that_proposes_it(group: Group, li: Customer, client: Client) -> None:
    now = timezone.now()
    with acting(group.sales_a):
        consent = Consent.objects.get(subject=li.subject, purpose="service", ended_at=None)
        withdraw_customer_consent(customer_id=li.pk, consent_id=consent.pk, actor=group.sales_a, at=now)
    officer = data_officer(group)
    [task] = tasks(group)
    sign_in(client, officer.user.username)
    address = reverse("delete_withdrawn", args=[task.pk])
    assert address in client.get(reverse("work_list")).content.decode()
    page = client.get(address).content.decode()
    assert "性别" in page and "手机" not in page and "第四十七条" in page
    assert client.post(address, {"reason": "x"}).status_code == 422
    told = client.post(address, {"reason": "本人撤回同意"}, follow=True).content.decode()
    assert "已提出，等另一个人审批" in told
    again = client.post(address, {"reason": "本人撤回同意"})
    assert again.status_code == 422 and "已经提出销毁" in again.content.decode()
    with acting(officer):
        disposal = Disposal.objects.get()
    decide(group, disposal, at=now)
    assert "没有要删除的了" in client.get(address).content.decode()
    client.logout()
    sign_in(client, "xiaoshou.a")
    assert client.get(address).status_code == 403


def test_the_person_is_told_that_it_was_deleted(group: Group, li: Customer, client: Client, settings) -> None:
    with scope(entities={li.entity_id}):
        consent = Consent.objects.get(subject=li.subject, purpose="service", ended_at=None)
        withdraw_by_phone(entity_id=li.entity_id, phone=PHONE, consent_id=consent.pk, at=AT + DAY)
    archivist(group)
    decide(group, propose(group), at=AT + DAY)
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    open_sms(group.company_a)
    address = f"/my-consents/{group.company_a.unified_code}/"
    client.post(address, {"phone": PHONE})
    with scope(entities={li.entity_id}):
        notice = Notice.objects.filter(kind="notifications.code").latest("made_at")
        word = open_content(bytes(notice.content), entity=li.entity_id, notice=notice.pk).values["code"]
    page = client.post(address, {"phone": PHONE, "code": word}).content.decode()
    assert "已经删除的" in page and "性别" in page and "2026-11-25" in page
    assert re.search(r'href="[^"]*/proof/[0-9a-f-]{36}/', page)
