"""Who has to hear of a withdrawal hears of it at once, the company's own systems too (停止处理的通知: `tell_hearers`).

`tell_waiting` tells again what was cut off or failed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.services.consents import withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.downstream import ENDED
from guiju.customers.services.intake import How
from guiju.customers.services.own_page import refuse_by_phone
from guiju.customers.tests.test_cleanup import DAY, enter, withdraw
from guiju.customers.tests.test_refusals import PHONE, reachable
from guiju.database.scope import scope
from guiju.notifications.channels.base import signature_of
from guiju.notifications.models import Attempt, Channel, Notice, Sort
from guiju.notifications.services.settling import retry_notice
from guiju.notifications.tests.factories import send_all, set_channel
from guiju.notifications.tests.test_channels import SECRET, Server, server
from guiju.organisations.models import Entity
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join
from guiju.privacy.models import Consent, ConsentRequest, Ending
from guiju.privacy.registry import HEARERS
from guiju.privacy.services.asking import Question, ask_consent
from guiju.privacy.services.endings import tell_hearers, tell_waiting
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.services.refusals import Said, add_refusal
from guiju.privacy.tests.factories import data_officer, given, publish

LATER = AT + DAY


@pytest.fixture
def li(group: Group) -> Customer:
    return reachable(group)


@contextmanager
def system(company: Entity, statuses: list[int] | None = None) -> Iterator[Server]:
    """A company's own system, which wants to be told, and how it answers; at last that it has taken it."""
    waiting = list(statuses or ())
    with server(lambda path, body: (waiting.pop(0) if waiting else 204, b"")) as found:
        set_channel(company, Sort.WEBHOOK, SECRET, url=found.url, kinds=[ENDED.code])
        yield found


def send(*, minutes: int = 1) -> None:
    """What is told is told now, whatever day the test is about."""
    send_all(at=timezone.now() + timedelta(minutes=minutes))


def told(found: Server) -> list[dict[str, Any]]:
    """What came, each checked by its signature."""
    for _, headers, body in found.asked:
        stamp, sign = (part.partition("=")[2] for part in headers["Guiju-Signature"].split(","))
        assert sign == signature_of(SECRET, stamp.encode(), body)
    return [json.loads(body)["values"] for _, _, body in found.asked]


def endings(company: Entity) -> list[Ending]:
    with scope(entities={company.pk}):
        return list(Ending.objects.order_by("pk"))


def test_a_withdrawal_reaches_the_company_s_own_system_with_ids_alone(
    group: Group, li: Customer, django_capture_on_commit_callbacks
) -> None:
    with system(group.company_a) as found:
        with django_capture_on_commit_callbacks(execute=True):
            withdraw(group, li, "marketing", at=LATER)
        send()
    [one] = told(found)
    assert (one["what"], one["purpose"], one["customers"]) == ("withdrawn", "marketing", str(li.pk))
    assert one["event"] == str(endings(group.company_a)[0].pk)
    [(_, _, body)] = found.asked
    assert all(value not in body.decode() for value in ("李小明", PHONE, "example.com", "0001"))


def test_what_was_cut_off_is_told_by_the_clock_and_once(
    group: Group, li: Customer, django_capture_on_commit_callbacks
) -> None:
    with system(group.company_a) as found:
        # The process dies before it tells anybody: nothing runs at the commit.
        with django_capture_on_commit_callbacks(execute=False):
            withdraw(group, li, "marketing", at=LATER)
        [ended] = endings(group.company_a)
        assert ended.due_at is not None and not ended.heard
        assert tell_waiting(at=LATER) == 0  # whoever wrote it may be at it still
        assert tell_waiting(at=LATER + timedelta(minutes=1)) == 1
        assert tell_waiting(at=LATER + timedelta(hours=1)) == 0
        tell_hearers(entity_id=ended.entity_id, ending_id=ended.pk, at=LATER)
        send()
    assert [one["event"] for one in told(found)] == [str(ended.pk)]


def test_one_that_fails_hurts_neither_the_withdrawal_nor_the_others_and_is_asked_again(
    group: Group, li: Customer, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks
) -> None:
    calls: list[str] = []

    def fails(ended: Ending, act: object) -> None:
        calls.append("fails")
        # What it wrote goes back with it.
        Ending.objects.filter(pk=ended.pk).update(purpose="x")
        if len(calls) < 4:
            raise RuntimeError("not yet")

    monkeypatch.setitem(HEARERS, "tests.fails", fails)
    monkeypatch.setitem(HEARERS, "tests.after", lambda ended, act: calls.append("after"))
    with django_capture_on_commit_callbacks(execute=True):
        withdraw(group, li, "marketing", at=LATER)
    with scope(entities={group.company_a.pk}):
        assert Consent.objects.get(subject=li.subject).ending == "withdrawn"
    [ended] = endings(group.company_a)
    assert calls == ["fails", "after"] and ended.purpose == "marketing"
    assert "tests.after" in ended.heard and "tests.fails" not in ended.heard and ended.due_at is not None
    for _ in range(2):
        [ended] = endings(group.company_a)
        assert ended.due_at is not None
        tell_waiting(at=ended.due_at)
    [ended] = endings(group.company_a)
    assert calls == ["fails", "after", "fails", "fails"] and ended.due_at is None


def test_a_receiver_knows_what_comes_twice_by_its_event(
    group: Group, li: Customer, django_capture_on_commit_callbacks
) -> None:
    with system(group.company_a, [500, 400]) as found:
        with django_capture_on_commit_callbacks(execute=True):
            withdraw(group, li, "marketing", at=LATER)
        send()
        with scope(entities={group.company_a.pk}):
            notice = Notice.objects.get(kind=ENDED.code)
            assert notice.state == "failed"
        keeper = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
        with acting(keeper):
            retry_notice(notice_id=notice.pk, actor=keeper, at=timezone.now() + timedelta(minutes=2))
        send(minutes=3)
    assert len({one["event"] for one in told(found)}) == 1 and len(found.asked) == 3
    with scope(entities={group.company_a.pk}):
        assert Attempt.objects.order_by("number").last().state == "accepted"


def test_who_did_not_ask_to_be_told_is_not(group: Group, li: Customer, django_capture_on_commit_callbacks) -> None:
    with system(group.company_a) as found:
        with scope(entities={group.company_a.pk}):
            Channel.objects.update(settings={"url": found.url, "kinds": []})
        with django_capture_on_commit_callbacks(execute=True):
            withdraw(group, li, "marketing", at=LATER)
        send()
    assert found.asked == [] and endings(group.company_a)[0].due_at is None


def test_a_refusal_is_heard_in_every_company_that_has_the_address(
    group: Group, li: Customer, django_capture_on_commit_callbacks
) -> None:
    publish(group, group.company_b)
    values = {"name": "李小明", "phone": PHONE}
    with acting(group.sales_b):
        theirs = add_customer(kind="person", values=values, how=How(), actor=group.sales_b, at=AT).customer
    with system(group.company_b) as found:
        with django_capture_on_commit_callbacks(execute=True), acting(group.sales_a):
            said = Said("call", LATER.date(), "录音 1 号")
            add_refusal(addresses=[PHONE, "nobody@example.com"], said=said, actor=group.sales_a, at=LATER)
        send()
    [one] = told(found)
    assert (one["what"], one["customers"], one["contacts"]) == ("refused", str(theirs.pk), "")
    assert [one.sort for one in endings(group.company_a)] == ["refused", "withdrawn"]


def test_questions_that_wait_for_what_was_refused_are_closed(
    group: Group, li: Customer, django_capture_on_commit_callbacks
) -> None:
    assert li.subject_id is not None
    with acting(group.sales_a):
        for questions in ([Question("marketing")], [Question("marketing"), Question("service")]):
            ask_consent(subject_id=li.subject_id, questions=questions, actor=group.sales_a, at=AT)
    with django_capture_on_commit_callbacks(execute=True), scope(entities={group.company_a.pk}):
        refuse_by_phone(entity_id=group.company_a.pk, phone=PHONE, at=LATER)
    with scope(entities={group.company_a.pk}):
        only, both = ConsentRequest.objects.order_by("pk")
        assert only.expires_at < AT + timedelta(days=30) and both.expires_at == AT + timedelta(days=30)


def test_what_is_frozen_and_what_is_narrowed_is_told(group: Group, django_capture_on_commit_callbacks) -> None:
    publish(group)
    fields = ("person.phone", "person.wechat")
    wang = enter(group, {"name": "王小明", "phone": PHONE}, How(consents=[given("marketing", *fields)]))
    officer = data_officer(group)
    with system(group.company_a) as found:
        with django_capture_on_commit_callbacks(execute=True):
            with acting(group.sales_a):
                consent = Consent.objects.get(subject=wang.subject)
                withdraw_customer_consent(
                    customer_id=wang.pk,
                    consent_id=consent.pk,
                    fields=["person.wechat"],
                    actor=group.sales_a,
                    at=LATER,
                )
            with acting(officer):
                assert wang.subject_id is not None
                freeze_subject(subject_id=wang.subject_id, reason="投诉没有办结", actor=officer, at=LATER)
        send()
    assert sorted((one["what"], one["fields"]) for one in told(found)) == [
        ("frozen", ""),
        ("narrowed", "person.wechat"),
    ]
