"""The people at a company, what customers consent to, and who looks after them (联系人, 同意, 分配)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from guiju.customers.models import Contact, Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.history import history_for
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.contacts import add_contact, change_contact, end_contact
from guiju.customers.services.customers import add_customer, assign_customer
from guiju.customers.services.intake import How
from guiju.customers.services.rows import FileConsent
from guiju.customers.tests.test_import_customers import load
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.keys.ring import fresh_keyring
from guiju.organisations.models import Role
from guiju.organisations.selectors import acting
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.services.consents import GivenConsent, record_consent, withdraw_consent
from guiju.privacy.terms import AgeGroup, Channel
from guiju.privacy.tests.factories import given, publish


@pytest.fixture
def factory(group: Group) -> Customer:
    publish(group)
    with acting(group.sales_a):
        return add_customer(
            kind="company", values={"name": "某某制造有限公司"}, how=How(), actor=group.sales_a, at=AT
        ).customer


def add(group: Group, factory: Customer, name: str, phone: str = "", **more: bool) -> Contact:
    with acting(group.sales_a):
        values = {"name": name, "phone": phone}
        return add_contact(customer_id=factory.pk, values=values, how=How(), actor=group.sales_a, at=AT, **more).contact


def test_the_first_contact_is_the_main_one_until_another_is(group: Group, factory: Customer) -> None:
    first = add(group, factory, "王经理", "13900139000")
    second = add(group, factory, "李工", is_main=True)
    with acting(group.sales_a):
        assert list(Contact.objects.filter(is_main=True)) == [second]
        change_contact(contact_id=first.pk, values={}, how=How(), actor=group.sales_a, at=AT, is_main=True)
        assert list(Contact.objects.filter(is_main=True)) == [first]


def test_the_phone_of_a_contact_leads_to_its_company_until_the_contact_ends(group: Group, factory: Customer) -> None:
    contact = add(group, factory, "王经理", "13900139000")

    def found() -> list[Customer]:
        with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
            return list(CustomerFilter("13900139000").of(seen.customers(), seen))

    assert found() == [factory]
    with acting(group.sales_a):
        end_contact(contact_id=contact.pk, actor=group.sales_a, at=AT)
    assert found() == []


def test_who_sees_nothing_of_a_phone_does_not_find_out_whose_it_is(group: Group, factory: Customer) -> None:
    add(group, factory, "王经理", "13900139000")
    Role.objects.filter(code="sales").update(treatments={"customer.phone": "hidden"})
    group.sales_a.__dict__.pop("_rights", None)
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=day_of(AT)) as seen:
        for words in ("13900139000", "9000"):
            assert not CustomerFilter(words).of(seen.customers(), seen).exists()


def test_the_past_of_a_value_shows_as_little_as_the_value_does(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        li = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer

    def told(purpose: str) -> set[str]:
        with acting(group.sales_a), reading(group.sales_a, purpose=purpose, on=day_of(AT)) as seen:
            return {line.new for one in history_for(seen, seen.customer(li.pk)) for line in one.changes}

    assert "13800138000" in told("sales")
    # Nobody agreed to marketing: for that there is no phone, and there was none.
    assert not any("138" in text for text in told("marketing"))


def test_a_person_has_no_contacts(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        person = add_customer(kind="person", values={"name": "李小明"}, how=How(), actor=group.sales_a, at=AT).customer
        with pytest.raises(Refused) as refusal:
            add_contact(customer_id=person.pk, values={"name": "王"}, how=How(), actor=group.sales_a, at=AT)
    assert refusal.value.code == "customer_is_person"


def test_a_consent_to_several_fields_is_withdrawn_field_by_field(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        person = add_customer(kind="person", values={"name": "李小明"}, how=How(), actor=group.sales_a, at=AT).customer
        both = given("marketing", "person.phone", "person.wechat")
        consent = record_consent(
            subject_id=person.subject_id, given=both, age=AgeGroup.ADULT, actor=group.sales_a, at=AT
        )
        left = withdraw_consent(
            consent_id=consent.pk, fields=["person.wechat"], actor=group.sales_a, at=AT + timedelta(hours=1)
        )
        assert left is not None and left.fields == ["person.phone"] and left.follows_id == consent.pk
        consent.refresh_from_db()
        assert consent.ending == "narrowed"
        # With the last field the consent is gone, and not one to everything.
        assert (
            withdraw_consent(
                consent_id=left.pk, fields=["person.phone"], actor=group.sales_a, at=AT + timedelta(hours=2)
            )
            is None
        )
        left.refresh_from_db()
        assert left.ending == "withdrawn" and not Consent.objects.filter(ended_at=None).exists()
        with pytest.raises(Refused) as refusal:
            withdraw_consent(consent_id=consent.pk, actor=group.sales_a, at=AT)
        assert refusal.value.code == "already_withdrawn"


@pytest.mark.parametrize("number", ["11010519491231002X", "13800138000"])
def test_a_proof_names_a_paper_and_no_numbers_of_people(group: Group, client: Client, number: str) -> None:
    publish(group)
    proof, moment = f"王芳 {number} 签字", AT
    with acting(group.sales_a):
        customer = add_customer(
            kind="person", values={"name": "李小明"}, how=How(), actor=group.sales_a, at=AT
        ).customer
        agreed = [GivenConsent("marketing", Channel.PAPER, proof, moment)]
        with pytest.raises(Refused) as refusal:
            record_customer_consent(customer_id=customer.pk, consents=agreed, actor=group.sales_a, at=AT)
    assert refusal.value.problems[0].field == "proof" and "请去掉" in refusal.value.sentence
    sign_in(client, "xiaoshou.a")
    page = client.post(f"/customers/{customer.pk}/consents/add/", {"purposes": ["marketing"], "proof": proof})
    assert page.status_code == 422 and "凭据里有" in page.content.decode()
    with pytest.raises(Refused, match="凭据里有"):
        load(group, "姓名\n王芳\n", consents=[FileConsent("marketing", proof, moment)])


def test_consents_are_recorded_and_withdrawn_on_the_page(
    group: Group, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(group)
    with acting(group.sales_a):
        person = add_customer(
            kind="person", values={"name": "李小明", "phone": "13800138000"}, how=How(), actor=group.sales_a, at=AT
        ).customer
    sign_in(client, "xiaoshou.a")
    address = f"/customers/{person.pk}/"
    assert "不能用于营销" in client.get(f"{address}?purpose=marketing").content.decode()
    empty = client.post(f"{address}consents/add/", {"proof": "同意书 1 号"})
    assert empty.status_code == 422 and "至少勾选一项" in empty.content.decode()
    client.post(f"{address}consents/add/", {"purposes": ["marketing"], "proof": "同意书 1 号"})
    shown = client.get(f"{address}?purpose=marketing").content.decode()
    assert "13800138000" in shown and "同意书 1 号" in shown
    with acting(group.sales_a):
        consent = Consent.objects.get(subject=person.subject)
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    # As a process that has opened nothing yet reads it.
    monkeypatch.setattr("guiju.keys.values.keyring", fresh_keyring)
    told = Client().get(f"/api/v1{address}consents", headers={"Authorization": f"Bearer {secret}"}).json()
    assert [one["proof"] for one in told] == ["同意书 1 号"] and "sealed" not in told[0]
    withdraw = reverse("withdraw_customer_consent", args=[person.pk, consent.pk])
    told = client.post(withdraw, follow=True).content.decode()
    assert "已撤回" in told
    assert "不能用于营销" in client.get(f"{address}?purpose=marketing").content.decode()


def test_a_customer_goes_into_other_hands_of_the_same_company_only(group: Group) -> None:
    publish(group)
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    with acting(group.sales_a):
        person = add_customer(kind="person", values={"name": "李小明"}, how=How(), actor=group.sales_a, at=AT).customer
        with pytest.raises(Refused) as refusal:
            assign_customer(customer_id=person.pk, to=group.sales_b, actor=group.sales_a, at=AT)
        assert refusal.value.code == "owner_company"
        assign_customer(customer_id=person.pk, to=colleague, actor=group.sales_a, at=AT)
        with pytest.raises(Missing):
            assign_customer(customer_id=person.pk, to=group.sales_a, actor=group.sales_a, at=AT)


def test_over_http_values_come_in_and_refusals_have_their_article(group: Group, client: Client) -> None:
    publish(group)
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    headers = {"Authorization": f"Bearer {secret}"}
    body = {"values": {"name": "李小明", "phone": "13800138000", "gender": "女"}}
    made = client.post("/api/v1/customers", body, content_type="application/json", headers=headers)
    assert made.status_code == 201
    assert [one["field"] for one in made.json()["refused"]] == ["gender"]
    assert "第十四条" in made.json()["refused"][0]["law"]
    [item] = client.get("/api/v1/customers?purpose=sales&search=8000", headers=headers).json()["items"]
    assert item["values"]["phone"]["text"] == "13800138000"
    marketing = client.get(f"/api/v1/customers/{item['id']}?purpose=marketing", headers=headers).json()
    assert marketing["values"]["phone"]["text"] == ""


def test_when_nothing_but_what_needs_a_consent_was_typed_the_form_still_leads_to_asking(
    group: Group, client: Client
) -> None:
    publish(group)
    with acting(group.sales_a):
        li = add_customer(kind="person", values={"name": "李小明"}, how=How(), actor=group.sales_a, at=AT).customer
    sign_in(client, "xiaoshou.a")
    page = client.post(f"/customers/{li.pk}/change/", {"name": "李小明", "birthday": "1990-03-07"}).content.decode()
    assert f"/customers/{li.pk}/ask/" in page and "发给客户征得同意" in page
