"""Who answers a link is who was asked: a code to the phone on record, and no colleague in their place (答复征求)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from guiju.customers.models import Customer, Invitation
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.tests.test_asking import ask, li  # noqa: F401  # the fixture
from guiju.customers.tests.test_inviting import invite
from guiju.database.scope import scope
from guiju.evidence.models import Entry
from guiju.evidence.selectors import history_of
from guiju.notifications.models import Notice
from guiju.notifications.sealing import open_content
from guiju.notifications.tests.factories import open_sms
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.tests.factories import given


@pytest.fixture(autouse=True)
def public_pages(settings) -> None:
    settings.ROOT_URLCONF = "guiju.project.public_urls"


def code_sent(company_id) -> str:
    with scope(entities={company_id}):
        notice = Notice.objects.filter(kind="notifications.code").latest("made_at")
        return open_content(bytes(notice.content), entity=company_id, notice=notice.pk).values["code"]


def test_where_messages_can_be_sent_the_phone_on_record_gets_a_code_first(group: Group, li: Customer) -> None:  # noqa: F811
    """By `send_link_code` and `answer_by_link`."""
    open_sms(group.company_a)
    stranger, address = Client(), f"/consent/{ask(group, li)}/"
    assert "获取验证码" in stranger.get(address).content.decode()
    without = stranger.post(address, {"q0": "yes"})
    assert without.status_code == 422 and "发到登记的手机 138****8000" in without.content.decode()
    sent = stranger.post(address, {"q0": "yes", "send": "1"}).content.decode()
    assert "验证码已发到 138****8000" in sent and 'value="yes" checked' in sent
    word = code_sent(group.company_a.pk)
    wrong = stranger.post(address, {"q0": "yes", "code": "000000" if word != "000000" else "111111"})
    assert wrong.status_code == 422 and "验证码不对" in wrong.content.decode()
    often = stranger.post(address, {"q0": "yes", "send": "1"})
    assert often.status_code == 422 and "太频繁" in often.content.decode()
    assert "已收到您的答复" in stranger.post(address, {"q0": "yes", "code": word}).content.decode()
    with scope(entities={group.company_a.pk}):
        assert Consent.objects.get(subject=li.subject).proven_by.endswith("已核对手机验证码")


def test_what_was_typed_as_a_code_proves_nothing_where_none_was_sent(group: Group, li: Customer) -> None:  # noqa: F811
    answer = Client().post(f"/consent/{ask(group, li)}/", {"q0": "yes", "code": "000000"})
    assert "已收到您的答复" in answer.content.decode()
    with scope(entities={group.company_a.pk}):
        assert "核对" not in Consent.objects.get(subject=li.subject).proof


def test_who_is_signed_in_at_the_company_answers_for_nobody_and_is_written_down(
    group: Group,
    li: Customer,  # noqa: F811
    client: Client,
) -> None:
    sign_in(client, "xiaoshou.a")
    address = f"/consent/{ask(group, li)}/"
    client.get(address)
    answer = client.post(address, {"q0": "yes"})
    assert answer.status_code == 422 and "不能替客户答复" in answer.content.decode()
    with scope(entities={group.company_a.pk}):
        assert not Consent.objects.filter(subject=li.subject).exists()
        logged = Entry.objects.filter(actor_id=group.sales_a.pk).values_list("action", flat=True)
        assert {"privacy.open_link", "customers.refuse_answer"} <= set(logged)
    # What was agreed to they don't take back either.
    with acting(group.sales_a):
        agreed = [given()]
        [consent] = record_customer_consent(customer_id=li.pk, consents=agreed, actor=group.sales_a, at=AT)
    taken = client.post(address, {"withdraw": str(consent.pk)})
    assert taken.status_code == 422 and "不能替客户答复" in taken.content.decode()
    with scope(entities={group.company_a.pk}):
        assert Consent.objects.get(pk=consent.pk).ended_at is None
        assert Entry.objects.filter(actor_id=group.sales_a.pk, action="customers.refuse_answer").count() == 2
    # Another company's people are customers like others, and so is whoever isn't signed in.
    client.logout()
    sign_in(client, "xiaoshou.b")
    assert "已收到您的答复" in client.post(address, {"q0": "yes"}).content.decode()


def test_nor_does_who_sent_it_register_a_child_with_their_own_link(group: Group, li: Customer, client: Client) -> None:  # noqa: F811
    sign_in(client, "xiaoshou.a")
    address = f"/join/{invite(group)}/"
    with scope(entities={group.company_a.pk}):
        Invitation.objects.update(expires_at="2099-01-01T00:00:00Z")
    names = re.findall(r'name="(q\d+)"[^>]*value="no"', client.get(address).content.decode())
    answer = client.post(address, dict.fromkeys(names, "no"))
    assert answer.status_code == 422 and "不能替客户答复" in answer.content.decode()
    with scope(entities={group.company_a.pk}):
        invitation = Invitation.objects.get()
        assert invitation.answered_at is None
        logged = [entry.action for entry in history_of(invitation)]
    assert logged == ["customers.refuse_answer", "privacy.open_link", "privacy.open_link", "customers.invite_guardian"]


def test_a_cookie_that_is_none_of_ours_opens_the_page_as_for_anybody(group: Group, li: Customer) -> None:  # noqa: F811
    stranger = Client()
    stranger.cookies["guiju_session"] = "y" * 500
    assert stranger.get(f"/consent/{ask(group, li)}/").status_code == 200
