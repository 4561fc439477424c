"""A customer is entered: what the law lets in is saved, the rest is named (登记客户)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.history import history_for
from guiju.customers.selectors.reading import reading
from guiju.customers.services.customers import Saved, add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.customers.values import values_of
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.services.consents import GivenConsent, withdraw_consent
from guiju.privacy.tests.factories import data_officer, given, publish

TODAY = day_of(AT)
LI = {"name": "李小明", "phone": "13800138000", "company": "某某食品店"}


def add(actor: Member, values: dict[str, str], *consents: GivenConsent, kind: str = "person", **how: object) -> Saved:
    with acting(actor):
        return add_customer(kind=kind, values=values, how=How(consents=consents, **how), actor=actor, at=AT)  # type: ignore[arg-type]


def cells(actor: Member, customer: Customer, purpose: str = "sales") -> dict[str, str]:
    with acting(actor), reading(actor, purpose=purpose, on=TODAY) as seen:
        return {code: cell.text for code, cell in seen.cells_of(seen.customer(customer.pk)).items()}


def test_name_phone_and_company_are_saved_at_once(group: Group) -> None:
    publish(group)
    saved = add(group.sales_a, LI)

    assert saved.refused == ()
    assert cells(group.sales_a, saved.customer) == {
        "name": "李小明",
        "phone": "13800138000",
        "company": "某某食品店",
    }


def test_before_a_notice_is_published_no_person_is_entered_and_a_company_is(group: Group) -> None:
    with pytest.raises(Refused) as refusal:
        add(group.sales_a, LI)
    assert "现行的隐私告知里没有这一项" in refusal.value.sentence
    assert refusal.value.problems[0].citation and refusal.value.problems[0].citation.article == "第十七条"

    saved = add(group.sales_a, {"name": "某某制造有限公司", "industry": "机械"}, kind="company")
    assert saved.refused == ()
    assert saved.customer.subject is None


def test_the_phone_lies_sealed_and_is_found_by_all_its_digits_and_by_its_last_four(group: Group) -> None:
    publish(group)
    customer = add(group.sales_a, LI).customer

    assert b"13800138000" not in bytes(customer.sealed)
    with acting(group.sales_a), reading(group.sales_a, purpose="sales", on=TODAY) as seen:
        for words, found in (("138 0013 8000", 1), ("8000", 1), ("13800138001", 0), ("0001", 0), ("小明", 1)):
            assert CustomerFilter(words).of(seen.customers(), seen).count() == found, words


def test_what_needs_a_consent_that_is_missing_stays_out_and_the_rest_is_saved(group: Group) -> None:
    publish(group)
    saved = add(group.sales_a, {**LI, "gender": "男", "identity_number": "110101199003077571"})

    assert {(one.field, one.code) for one in saved.refused} == {
        ("gender", "privacy.consent_first"),
        ("identity_number", "privacy.active_first"),
        ("identity_number", "privacy.told_first"),
    }
    assert set(values_of(saved.customer)) == {"name", "phone", "company"}


def test_with_the_consent_it_comes_in_and_after_the_withdrawal_it_is_unreadable_at_once(group: Group) -> None:
    publish(group)
    customer = add(group.sales_a, {**LI, "birthday": "1990-03-07"}, given("service")).customer
    assert cells(group.sales_a, customer, "service")["birthday"] == "1990-**-**"
    assert cells(group.sales_a, customer, "marketing")["birthday"] == ""

    with acting(group.sales_a):
        [consent] = Consent.objects.filter(subject=customer.subject, ended_at=None)
        withdraw_consent(consent_id=consent.pk, actor=group.sales_a, at=AT + timedelta(hours=1))
    assert cells(group.sales_a, customer, "service")["birthday"] == ""
    assert cells(group.sales_a, customer, "service")["phone"] == "13800138000"


def test_a_value_is_not_used_for_a_purpose_it_was_not_collected_for(group: Group) -> None:
    publish(group)
    customer = add(group.sales_a, LI).customer

    assert cells(group.sales_a, customer, "marketing")["phone"] == ""
    assert cells(group.sales_a, customer, "orders")["company"] == ""


def test_a_child_needs_its_guardian_even_for_the_name(group: Group) -> None:
    publish(group)
    child = {**LI, "birthday": "2020-05-01"}
    with pytest.raises(Refused) as refusal:
        add(group.sales_a, child)
    assert refusal.value.code == "privacy.guardian_first"
    with pytest.raises(Refused) as refusal:
        add(group.sales_a, child, given("service"))
    assert refusal.value.code == "privacy.child_by_guardian"

    saved = add(group.sales_a, child, given("service", by_guardian=True))
    assert "name" in values_of(saved.customer)


def test_wrong_numbers_are_named_by_their_field_and_nothing_is_saved(group: Group) -> None:
    publish(group)
    with pytest.raises(Refused) as refusal:
        add(group.sales_a, {"name": "", "phone": "1380013800", "email": "x"})
    assert {one.field for one in refusal.value.problems} == {"name", "phone", "email"}


def test_a_field_that_nobody_declared_is_refused(group: Group) -> None:
    publish(group)
    [problem] = add(group.sales_a, {**LI, "blood_type": "A"}).refused
    assert (problem.field, problem.code) == ("blood_type", "privacy.declared_first")


def test_a_change_keeps_its_history_and_somebody_elses_change_is_not_overwritten(group: Group) -> None:
    publish(group)
    customer = add(group.sales_a, LI).customer
    with acting(group.sales_a):
        change_customer(
            customer_id=customer.pk, values={"phone": "13900139000"}, how=How(), actor=group.sales_a, at=AT, seen=1
        )
        customer.refresh_from_db()
        first = history_of(customer)[0]
        assert {change.field for change in first.changes} >= {"sealed.phone", "origins"}
        with pytest.raises(Refused) as refusal:
            change_customer(
                customer_id=customer.pk, values={"phone": "13700137000"}, how=How(), actor=group.sales_a, at=AT, seen=1
            )
    assert refusal.value.code == "changed_meanwhile"


def test_the_history_speaks_in_words(group: Group) -> None:
    publish(group)
    customer = add(group.sales_a, LI).customer
    officer = data_officer(group)
    with acting(officer), reading(officer, purpose="sales", on=TODAY) as seen:
        [first] = history_for(seen, seen.customer(customer.pk))
    told = {change.label: change.new for change in first.changes}
    assert told["性质"] == "个人"
    assert told["负责人"].startswith(group.sales_a.user.name)


def test_another_company_sees_nothing_and_who_has_no_right_enters_nothing(group: Group) -> None:
    publish(group)
    customer = add(group.sales_a, LI).customer
    with acting(group.sales_b), reading(group.sales_b, purpose="sales", on=TODAY) as seen:
        assert not seen.customers().filter(pk=customer.pk).exists()
    with pytest.raises(NotAllowed):
        add(group.compliance, LI)


def test_who_may_read_customers_and_not_their_phones_sees_them_masked(group: Group) -> None:
    publish(group)
    customer = add(group.sales_a, LI).customer
    assert cells(data_officer(group), customer)["phone"] == "138****8000"


def test_what_is_empty_stands_in_one_line_of_links(group: Group, client: Client) -> None:
    publish(group)
    customer = add(group.sales_a, {"name": "李小明", "phone": "13800138000"}).customer
    sign_in(client, group.sales_a.user.username)
    page = client.get(f"/customers/{customer.pk}/").content.decode()
    line = page.split("list-unstyled")[1]
    for words, link in (
        ("还没有商机", "/opportunities/add/"),
        ("还没有订单", "/orders/add/"),
        ("还没有附件", f"/files/of/customer/{customer.pk}/add/"),
        ("没有登记过同意", "登记同意"),
    ):
        assert words in line and link in line
    for card in ('id="orders"', 'id="files"', 'id="opportunities"'):
        assert card not in page
