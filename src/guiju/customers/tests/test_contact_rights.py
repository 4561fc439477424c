"""Contacts of companies are persons: their consents, freezing, deletion, and history, on pages of their own (联系人的权利)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.archives.models import Disposal, Hold
from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_contact_consent, withdraw_contact_consent
from guiju.customers.services.contacts import add_contact, end_contact
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.values import ERASED_NAME, values_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Consent, Subject
from guiju.privacy.tests.factories import data_officer, given, publish
from guiju.work.models import Approval
from guiju.work.services.approvals import decide_approval

PHONE = "13900139000"


@pytest.fixture
def factory(group: Group) -> Customer:
    publish(group)
    with acting(group.sales_a):
        return add_customer(
            kind="company", values={"name": "某某制造有限公司"}, how=How(), actor=group.sales_a, at=AT
        ).customer


@pytest.fixture
def wang(group: Group, factory: Customer) -> Contact:
    with acting(group.sales_a):
        return add_contact(
            customer_id=factory.pk,
            values={"name": "王经理", "phone": PHONE},
            how=How(),
            actor=group.sales_a,
            at=AT,
        ).contact


def phone_for(group: Group, contact: Contact, purpose: str) -> str:
    with acting(group.sales_a), reading(group.sales_a, purpose=purpose, on=day_of(AT)) as seen:
        return seen.cells_of(seen.contact(contact.pk))["phone"].text


def test_what_a_contact_consents_to_counts_until_it_is_withdrawn(group: Group, wang: Contact) -> None:
    assert phone_for(group, wang, "marketing") == ""
    with acting(group.sales_a):
        [consent] = record_contact_consent(
            contact_id=wang.pk, consents=[given("marketing")], actor=group.sales_a, at=AT
        )
    assert phone_for(group, wang, "marketing") == PHONE
    with acting(group.sales_a):
        withdraw_contact_consent(contact_id=wang.pk, consent_id=consent.pk, actor=group.sales_a, at=AT)
    assert phone_for(group, wang, "marketing") == ""


def test_nobody_withdraws_the_consent_of_somebody_else_by_it(group: Group, factory: Customer, wang: Contact) -> None:
    with acting(group.sales_a):
        li = add_contact(customer_id=factory.pk, values={"name": "李工"}, how=How(), actor=group.sales_a, at=AT).contact
        [consent] = record_contact_consent(contact_id=li.pk, consents=[given()], actor=group.sales_a, at=AT)
        with pytest.raises(Missing):
            withdraw_contact_consent(contact_id=wang.pk, consent_id=consent.pk, actor=group.sales_a, at=AT)
        with pytest.raises(Refused):
            record_contact_consent(contact_id=li.pk, consents=[], actor=group.sales_a, at=AT)
    for stranger in (group.sales_b, join(group.company_a, "sales", "x.a", group.system_admin, group.security_admin)):
        with acting(stranger), pytest.raises(Missing):
            record_contact_consent(contact_id=wang.pk, consents=[given()], actor=stranger, at=AT)


def test_the_page_of_a_contact_shows_values_consents_and_history(
    group: Group, factory: Customer, wang: Contact, client: Client
) -> None:
    sign_in(client, "xiaoshou.a")
    address = f"/contacts/{wang.pk}/"
    assert address in client.get(f"/customers/{factory.pk}/").content.decode()
    assert PHONE in client.get(address).content.decode()
    assert "不能用于营销" in client.get(f"{address}?purpose=marketing").content.decode()
    page = client.get(f"{address}consents/add/").content.decode()
    assert "王经理" in page and "营销" in page
    sent = {"purposes": ["marketing"], "proof": "名片背面签字", "consent_channel": "paper"}
    assert client.post(f"{address}consents/add/", sent).status_code == 302
    assert PHONE in client.get(f"{address}?purpose=marketing").content.decode()
    with acting(group.sales_a):
        consent = Consent.objects.get()
    assert client.post(f"{address}consents/{consent.pk}/withdraw/").status_code == 302
    assert "不能用于营销" in client.get(f"{address}?purpose=marketing").content.decode()
    asked = client.post(f"{address}ask/", {"purposes": ["service"]})
    assert asked.status_code in (200, 422)
    sign_in(client, data_officer(group).user.username)
    told = client.get(address).content.decode()
    assert "修改历史" in told and "第 1 版" in told and PHONE not in told and "139****9000" in told
    client.post(f"{address}unmask/phone/", {"reason": "核对回访电话"})
    assert PHONE in client.get(address).content.decode()


def test_a_contact_is_frozen_and_used_again(group: Group, wang: Contact, client: Client) -> None:
    sign_in(client, data_officer(group).user.username)
    address = f"/contacts/{wang.pk}/"
    sent = {"extent": "all", "reason": "本人提出异议，核对中"}
    assert client.post(f"{address}freeze/", sent).status_code == 302
    assert "仅存储，自" in client.get(address).content.decode()
    assert phone_for(group, wang, "sales") == ""
    assert client.post(f"{address}freeze/?back=1", {"extent": "all", "reason": "核对完毕"}).status_code == 302
    assert phone_for(group, wang, "sales") == PHONE


def test_a_contact_is_deleted_by_two_people_also_when_nobody_contacts_them_any_more(
    group: Group, factory: Customer, wang: Contact, client: Client
) -> None:
    with acting(group.sales_a):
        end_contact(contact_id=wang.pk, actor=group.sales_a, at=AT)
    sign_in(client, data_officer(group).user.username)
    address = f"/contacts/{wang.pk}/"
    assert "不再联系的（1）" in client.get(f"/customers/{factory.pk}/").content.decode()
    sent = {"extent": "all", "basis": "withdrawn", "reason": "本人要求删除，已核对身份"}
    assert client.post(f"{address}dispose/", sent).status_code == 302
    second = join(group.company_a, "archivist", "dangan.a", group.system_admin, group.security_admin)
    with acting(second):
        made = Disposal.objects.get()
        approval = Approval.objects.get(subject_id=made.pk)
        decide_approval(approval_id=approval.pk, allows=True, note="核对过", actor=second, at=AT)
        wang.refresh_from_db()
        assert wang.name == ERASED_NAME and set(values_of(wang)) == {"name"}
        assert Subject.objects.get(pk=wang.subject_id).erased_at is not None
    assert client.get(address).status_code == 404
    assert "王经理" not in client.get(f"/customers/{factory.pk}/").content.decode()


def test_a_contact_is_held_back_from_deletion(group: Group, wang: Contact, client: Client) -> None:
    sign_in(client, data_officer(group).user.username)
    address = f"/contacts/{wang.pk}/"
    assert client.post(f"{address}hold/", {"sort": "dispute", "reason": "案号2026-1"}).status_code == 302
    with acting(group.sales_a):
        assert Hold.objects.get().subject_id == wang.subject_id
    sent = {"extent": "all", "basis": "withdrawn", "reason": "本人要求删除，已核对身份"}
    assert "保全" in client.post(f"{address}dispose/", sent).content.decode()
