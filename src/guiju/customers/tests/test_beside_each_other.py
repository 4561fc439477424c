"""A consent to a whole purpose beside what a no has left of an earlier one (逐项撤回与对整个目的的同意并存)."""

from __future__ import annotations

import pytest

from guiju.customers.models import Customer
from guiju.customers.services.consents import record_customer_consent, withdraw_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.tests.test_cleanup import DAY
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.models import Consent
from guiju.privacy.selectors.consents import held_by, standing_of
from guiju.privacy.tests.factories import given, publish

PHONE, EMAIL = "person.phone", "person.email"


@pytest.fixture
def li(group: Group) -> Customer:
    """Who consented to marketing, took the phone out of it, and consented to the whole again later."""
    publish(group)
    seller = group.sales_a
    with acting(seller):
        values = {"name": "李小明", "phone": "13800138000"}
        how = How(consents=[given("marketing")])
        made = add_customer(kind="person", values=values, how=how, actor=seller, at=AT).customer
    withdraw(group, made, whole=True, fields=[PHONE], at=AT + DAY)
    with acting(seller):
        again = [given("marketing", at=AT + 2 * DAY)]
        record_customer_consent(customer_id=made.pk, consents=again, actor=seller, at=AT + 2 * DAY)
    return made


def in_force(li: Customer) -> list[Consent]:
    return list(Consent.objects.filter(subject=li.subject, ended_at=None).select_related("notice").order_by("pk"))


def withdraw(group: Group, li: Customer, *, whole: bool, fields: list[str], at: object = AT + 3 * DAY) -> None:
    """Take back the consent to the whole, or what a no has left of the other, or some lines of it."""
    with acting(group.sales_a):
        consent = next(one for one in in_force(li) if bool(one.fields) is not whole)
        withdraw_customer_consent(customer_id=li.pk, consent_id=consent.pk, fields=fields, actor=group.sales_a, at=at)


def test_both_stand_and_both_are_seen(group: Group, li: Customer) -> None:
    with acting(group.sales_a):
        narrowed, whole = in_force(li)
        assert PHONE not in narrowed.fields and EMAIL in narrowed.fields and whole.fields == []
        assert standing_of(li.subject_id).agrees("marketing", PHONE)


@pytest.mark.parametrize("whole", [True, False])
def test_a_field_taken_back_on_one_line_is_agreed_to_by_none(group: Group, li: Customer, whole: bool) -> None:
    withdraw(group, li, whole=whole, fields=[EMAIL])
    with acting(group.sales_a):
        assert not standing_of(li.subject_id).agrees("marketing", EMAIL)
        seen = {name for one in in_force(li) for name in held_by(one)}
        assert EMAIL not in seen and PHONE in seen
        assert standing_of(li.subject_id).agrees("marketing", PHONE)


def test_all_lines_of_the_narrowed_one_leave_the_rest_of_the_whole(group: Group, li: Customer) -> None:
    withdraw(group, li, whole=False, fields=[])
    with acting(group.sales_a):
        assert [held_by(one) for one in in_force(li)] == [[PHONE]]
        assert standing_of(li.subject_id).agrees("marketing", PHONE)
        assert not standing_of(li.subject_id).agrees("marketing", EMAIL)


def test_a_no_to_the_whole_purpose_leaves_nothing_of_either(group: Group, li: Customer) -> None:
    withdraw(group, li, whole=True, fields=[])
    with acting(group.sales_a):
        assert in_force(li) == [] and not standing_of(li.subject_id).agrees("marketing", EMAIL)
