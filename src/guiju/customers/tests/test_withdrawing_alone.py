"""Each field that was named is withdrawn alone, by the person and by staff, of customers and contacts (逐项撤回)."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.customers.models import Contact, Customer
from guiju.customers.services.consents import record_contact_consent, record_customer_consent
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.database.scope import scope
from guiju.notifications.models import Notice
from guiju.notifications.sealing import open_content
from guiju.notifications.tests.factories import open_sms
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.services.asking import Question, ask_consent
from guiju.privacy.tests.factories import given, publish

PHONE = "13800138000"
BOTH = ("person.phone", "person.wechat")


@pytest.fixture
def li(group: Group) -> Customer:
    publish(group)
    seller = group.sales_a
    with acting(seller):
        values = {"name": "李小明", "phone": PHONE}
        made = add_customer(kind="person", values=values, how=How(), actor=seller, at=AT).customer
        agreed = [given("marketing", *BOTH)]
        record_customer_consent(customer_id=made.pk, consents=agreed, actor=seller, at=AT)
    return made


@pytest.fixture
def manager(group: Group) -> Contact:
    publish(group)
    seller = group.sales_a
    with acting(seller):
        firm = add_customer(kind="company", values={"name": "某某公司"}, how=How(), actor=seller, at=AT).customer
        values = {"name": "王经理", "phone": PHONE}
        made = add_contact(customer_id=firm.pk, values=values, how=How(), actor=seller, at=AT).contact
        agreed = [given("marketing", "contact.phone", "contact.email")]
        record_contact_consent(contact_id=made.pk, consents=agreed, actor=seller, at=AT)
    return made


def in_force(holder: Customer | Contact) -> list[list[str]]:
    with scope(entities={holder.entity_id}):
        return [one.fields for one in Consent.objects.filter(subject_id=holder.subject_id, ended_at=None)]


def opened(client: Client, group: Group) -> tuple[str, str]:
    """The page of one's own consents by a code to the phone, and the ticket with which it goes on."""
    open_sms(group.company_a)
    address = f"/my-consents/{group.company_a.unified_code}/"
    client.post(address, {"phone": PHONE})
    with scope(entities={group.company_a.pk}):
        notice = Notice.objects.filter(kind="notifications.code").latest("made_at")
        word = open_content(bytes(notice.content), entity=group.company_a.pk, notice=notice.pk).values["code"]
    page = client.post(address, {"phone": PHONE, "code": word}).content.decode()
    return page, re.search(r'name="ticket" value="([^"]+)"', page)[1]  # type: ignore[index]


def test_one_field_is_withdrawn_on_the_page_of_a_link(group: Group, li: Customer, settings) -> None:
    assert li.subject_id is not None
    with acting(group.sales_a):
        asked = ask_consent(
            subject_id=li.subject_id, questions=[Question("service")], actor=group.sales_a, at=timezone.now()
        )
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    stranger, address = Client(), f"/consent/{asked.secret}/"
    page = stranger.get(address).content.decode()
    assert "撤回手机" in page and "撤回微信" in page and "全部撤回" in page
    wechat = re.search(r'value="([^"]+ person.wechat)"', page)[1]  # type: ignore[index]
    assert "已撤回" in stranger.post(address, {"withdraw": wechat}).content.decode()
    assert in_force(li) == [["person.phone"]]
    # The button of before, and a field that isn't there, are told in a sentence.
    for odd in (wechat, wechat.replace("wechat", "x9")):
        assert stranger.post(address, {"withdraw": odd}).status_code == 422
    assert in_force(li) == [["person.phone"]]
    assert stranger.post(address, {"withdraw": "x person.phone"}).status_code == 404


def test_a_contact_of_a_company_sees_and_withdraws_by_a_code_to_the_phone(
    group: Group, manager: Contact, client: Client, settings
) -> None:
    settings.ROOT_URLCONF = "guiju.project.public_urls"
    page, ticket = opened(client, group)
    assert "营销" in page and "撤回电子邮箱" in page
    email = re.search(r'value="([^"]+ contact.email)"', page)[1]  # type: ignore[index]
    address = f"/my-consents/{group.company_a.unified_code}/"
    assert "已撤回" in client.post(address, {"ticket": ticket, "withdraw": email}).content.decode()
    assert in_force(manager) == [["contact.phone"]]


def test_staff_withdraw_one_field_of_customers_and_contacts(
    group: Group, li: Customer, manager: Contact, client: Client
) -> None:
    sign_in(client, "xiaoshou.a")
    for holder, kind, field in ((li, "customer", "person.wechat"), (manager, "contact", "contact.email")):
        with acting(group.sales_a):
            consent = Consent.objects.get(subject_id=holder.subject_id, ended_at=None)
        page = client.get(reverse(f"{kind}_detail", args=[holder.pk])).content.decode()
        assert f'name="field" value="{field}"' in page
        client.post(reverse(f"withdraw_{kind}_consent", args=[holder.pk, consent.pk]), {"field": field})
        assert in_force(holder) == [[field.replace("wechat", "phone").replace("email", "phone")]]
