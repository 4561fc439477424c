"""People answer by a link, withdraw as easily, and refuse advertising for the whole group (征求同意, 撤回, 拒收)."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent, withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.own_page import refuse_by_phone, withdraw_by_phone
from guiju.database.scope import scope
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.values import sealed_values
from guiju.notifications.models import Notice
from guiju.notifications.sealing import open_content
from guiju.notifications.tests.factories import open_sms
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.guardians import Guardian, guardian_of
from guiju.privacy.models import Consent, ConsentRequest
from guiju.privacy.services.asking import Question, answer_link, ask_consent, open_link, withdraw_by_link
from guiju.privacy.terms import AgeGroup
from guiju.privacy.tests.factories import given, publish

PHONE = "13800138000"


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    with acting(group.sales_a):
        return add_customer(
            kind="person", values={"name": "李小明", "phone": PHONE}, how=How(), actor=group.sales_a, at=AT
        ).customer


def ask(group: Group, li: Customer, *questions: Question) -> str:
    with acting(group.sales_a):
        return ask_consent(
            subject_id=li.subject_id,
            questions=questions or (Question("marketing"),),
            actor=group.sales_a,
            at=AT,
        ).secret


def marketing_phone(member: Member, customer: Customer) -> tuple[str, str]:
    with acting(member), reading(member, purpose="marketing", on=day_of(AT)) as seen:
        cell = seen.cells_of(seen.customer(customer.pk))["phone"]
        return cell.text, cell.why


def test_yes_becomes_a_consent_and_no_is_remembered(group: Group, li: Customer) -> None:
    secret = ask(group, li, Question("marketing"), Question("service"))
    with scope(entities={li.entity_id}):
        answer_link(secret=secret, answers=[True, False], age=AgeGroup.ADULT, at=AT)
        [consent] = Consent.objects.filter(subject=li.subject)
        assert (consent.purpose, consent.channel) == ("marketing", "online")
        assert ConsentRequest.objects.get().digest[:16] in consent.proven_by
        with pytest.raises(Refused) as refusal:
            answer_link(secret=secret, answers=[True, True], age=AgeGroup.ADULT, at=AT)
        assert refusal.value.code == "answered_already"
    assert marketing_phone(group.sales_a, li)[0] == PHONE
    with pytest.raises(Refused) as refusal:
        ask(group, li, Question("service"))
    assert [one.code for one in refusal.value.problems] == ["privacy.no_nagging"]
    ask(group, li, Question("marketing"))


def test_a_no_ends_what_was_agreed_before(group: Group, li: Customer) -> None:
    secret = ask(group, li)
    with acting(group.sales_a):
        record_customer_consent(customer_id=li.pk, consents=[given()], actor=group.sales_a, at=AT)
    assert marketing_phone(group.sales_a, li)[0] == PHONE
    with scope(entities={li.entity_id}):
        answer_link(secret=secret, answers=[False], age=AgeGroup.ADULT, at=AT)
    assert marketing_phone(group.sales_a, li)[0] == ""


def test_after_a_withdrawal_nobody_is_asked_and_no_older_consent_comes_back(group: Group, li: Customer) -> None:
    later = AT + timedelta(hours=1)
    with acting(group.sales_a):
        [consent] = record_customer_consent(customer_id=li.pk, consents=[given()], actor=group.sales_a, at=AT)
        withdraw_customer_consent(customer_id=li.pk, consent_id=consent.pk, actor=group.sales_a, at=later)
        for act, rule in (
            (lambda: ask(group, li), "privacy.no_nagging"),
            (
                lambda: record_customer_consent(
                    customer_id=li.pk, consents=[given()], actor=group.sales_a, at=later + timedelta(hours=1)
                ),
                "privacy.withdrawal_holds",
            ),
        ):
            with pytest.raises(Refused) as refusal:
                act()
            assert [one.code for one in refusal.value.problems] == [rule]


def test_what_was_shown_counts_and_not_what_came_after(group: Group, li: Customer) -> None:
    secret = ask(group, li)
    publish(group, at=AT + timedelta(minutes=1))
    with scope(entities={li.entity_id}):
        assert not open_link(secret=secret, at=AT + timedelta(minutes=2)).is_open
        with pytest.raises(Refused) as refusal:
            answer_link(
                secret=secret,
                answers=[True],
                age=AgeGroup.ADULT,
                at=AT + timedelta(minutes=2),
            )
    assert refusal.value.code == "request_over"


def test_a_link_opens_its_own_persons_consents_and_no_others(group: Group, li: Customer) -> None:
    with acting(group.sales_a):
        other = add_customer(
            kind="person", values={"name": "王"}, how=How(consents=(given(),)), actor=group.sales_a, at=AT
        ).customer
        theirs = Consent.objects.get(subject=other.subject)
    secret = ask(group, li)
    with scope(entities={li.entity_id}), pytest.raises(Missing):
        withdraw_by_link(secret=secret, consent_id=theirs.pk, at=AT)
    assert Client(SERVER_NAME="localhost").get("/consent/nonsense/").status_code == 404


def test_the_pages_ask_answer_and_withdraw(group: Group, li: Customer, client: Client, settings) -> None:
    sign_in(client, "xiaoshou.a")
    page = client.post(f"/customers/{li.pk}/ask/", {"purposes": ["marketing"]}).content.decode()
    secret = re.search(r"/consent/([^/]+)/", page)[1]  # type: ignore[index]
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    stranger = Client()
    shown = stranger.get(f"/consent/{secret}/").content.decode()
    assert "把您的信息用于营销" in shown and "checked" not in shown and "隐私告知（第1版）" in shown
    missing = stranger.post(f"/consent/{secret}/", {})
    assert missing.status_code == 422 and "请对每一项选择" in missing.content.decode()
    done = stranger.post(f"/consent/{secret}/", {"q0": "yes"}).content.decode()
    assert "已收到您的答复" in done
    consent = re.search(r'name="withdraw" value="([^"]+)"', done)[1]  # type: ignore[index]
    assert "已撤回" in stranger.post(f"/consent/{secret}/", {"withdraw": consent}).content.decode()


def test_a_refusal_by_phone_holds_in_every_company_of_the_group(group: Group, li: Customer) -> None:
    publish(group, group.company_b)
    with acting(group.sales_b):
        same = add_customer(
            kind="person",
            values={"name": "李小明", "phone": PHONE},
            how=How(consents=(given(),)),
            actor=group.sales_b,
            at=AT,
        ).customer
    assert marketing_phone(group.sales_b, same)[0] == PHONE
    with scope(entities={li.entity_id}):
        refuse_by_phone(entity_id=li.entity_id, phone=PHONE, at=AT + timedelta(hours=1))
    text, why = marketing_phone(group.sales_b, same)
    assert text == "" and "拒收名单" in why


def test_a_consent_is_not_withdrawn_with_somebody_elses_phone(group: Group, li: Customer) -> None:
    with acting(group.sales_a):
        other = add_customer(
            kind="person",
            values={"name": "王", "phone": "13900139000"},
            how=How(consents=(given(),)),
            actor=group.sales_a,
            at=AT,
        ).customer
        theirs = Consent.objects.get(subject=other.subject)
    with scope(entities={li.entity_id}):
        with pytest.raises(Missing):
            withdraw_by_phone(entity_id=li.entity_id, phone=PHONE, consent_id=theirs.pk, at=AT)
        withdraw_by_phone(entity_id=li.entity_id, phone="13900139000", consent_id=theirs.pk, at=AT)


def test_a_code_to_the_phone_opens_the_page_of_ones_own_consents(
    group: Group, li: Customer, client: Client, settings
) -> None:
    now = timezone.now()
    open_sms(group.company_a)
    publish(group, at=now - timedelta(days=1))
    with acting(group.sales_a):
        record_customer_consent(customer_id=li.pk, consents=[given(at=now)], actor=group.sales_a, at=now)
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    address = f"/my-consents/{group.company_a.unified_code}/"
    assert client.post(address, {"phone": "123"}).status_code == 422
    assert "验证码已发到" in client.post(address, {"phone": PHONE}).content.decode()
    with scope(entities={li.entity_id}):
        notice = Notice.objects.filter(kind="notifications.code").latest("made_at")
        word = open_content(bytes(notice.content), entity=li.entity_id, notice=notice.pk).values["code"]
    wrong = client.post(address, {"phone": PHONE, "code": "000000" if word != "000000" else "111111"})
    assert wrong.status_code == 422 and "验证码不对" in wrong.content.decode()
    page = client.post(address, {"phone": PHONE, "code": word}).content.decode()
    ticket = re.search(r'name="ticket" value="([^"]+)"', page)[1]  # type: ignore[index]
    assert "营销" in page
    done = client.post(address, {"ticket": ticket, "refuse": "1"}).content.decode()
    assert "已记入拒收名单" in done and "没有登记过同意" in done
    forged = client.post(address, {"ticket": ticket[:-2] + "xx"})
    assert forged.status_code == 422 and "重新获取验证码" in forged.content.decode()


def test_where_no_code_can_be_sent_the_page_says_so_and_whom_to_ask(
    group: Group, li: Customer, client: Client, settings
) -> None:
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    address = f"/my-consents/{group.company_a.unified_code}/"
    for page in (client.get(address), client.post(address, {"phone": PHONE})):
        text = page.content.decode()
        assert "400-000-0000 客服中心" in text and "不能发短信验证码" in text
        # A message can be left; nothing is looked up, whatever number is sent.
        assert "验证码已发到" not in text and 'name="code"' not in text and "在这里留言" in text
    with scope(entities={li.entity_id}):
        assert not Notice.objects.filter(kind="notifications.code").exists()


def test_who_answers_for_a_minor_says_who_they_are(group: Group, li: Customer, settings) -> None:
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    stranger, secret = Client(), ask(group, li)
    said = {"q0": "yes", "by_guardian": "yes"}
    for more, told in (
        ({}, "请写明监护人的姓名"),
        ({"guardian_name": "王", "guardian_relation": "母亲"}, "请写明监护人的姓名"),
        ({"guardian_name": "王芳", "guardian_relation": "邻居"}, "请选择监护人是孩子的谁"),
        ({"guardian_name": "王" * 31, "guardian_relation": "母亲"}, "2至30个字"),
    ):
        answer = stranger.post(f"/consent/{secret}/", {**said, **more})
        assert answer.status_code == 422 and told in answer.content.decode()
        assert 'value="yes" checked' in answer.content.decode()
    stranger.post(f"/consent/{secret}/", {**said, "guardian_name": " 王\x00芳 ", "guardian_relation": "母亲"})
    with scope(entities={li.entity_id}):
        [consent] = Consent.objects.filter(subject=li.subject)
        assert consent.by_guardian and guardian_of(sealed_values(consent, "guardian")) == Guardian("王芳", "母亲")
