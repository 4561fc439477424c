"""A consent reaches as far as the notice that was shown, and those whom a newer one concerns are asked anew (重新征求)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group
from guiju.privacy.services.catalogue import FieldDetails, activate_field, propose_field
from guiju.privacy.tests.factories import data_officer, given, publish

HOUR = timedelta(hours=1)
HOBBY = FieldDetails("爱好", uses={"marketing": "consent"}, retention=12)


def widen(group: Group, details: FieldDetails = HOBBY) -> str:
    """Another field in the catalogue, and in a newer notice; returns its code."""
    officer = data_officer(group)
    with acting(officer):
        row = propose_field(entity_id=officer.entity_id, record_kind="person", details=details, actor=officer, at=AT)
        activate_field(entity_id=officer.entity_id, record_kind="person", code=row.code, actor=officer, at=AT)
    publish(group, at=AT + HOUR)
    return row.code


@pytest.fixture
def li(group: Group) -> Customer:
    """Somebody who agreed to marketing as the first notice told of it."""
    publish(group)
    how = How(consents=[given("marketing")])
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        return add_customer(kind="person", values=values, how=how, actor=group.sales_a, at=AT).customer


def shown(actor: Member, customer: Customer, code: str) -> str:
    with acting(actor), reading(actor, purpose="marketing", on=day_of(AT)) as seen:
        cell = seen.cells_of(seen.customer(customer.pk)).get(code)
        return cell.text if cell else ""


def enter(group: Group, customer: Customer, code: str, company: str = "某某公司") -> list[str]:
    """The rules by which a value goes back."""
    actor = group.sales_a
    with acting(actor):
        values = {code: "登山", "company": company}
        saved = change_customer(customer_id=customer.pk, values=values, how=How(), actor=actor, at=AT + 2 * HOUR)
    return [one.code for one in saved.refused]


def test_a_field_that_a_later_notice_adds_is_asked_about_again(group: Group, li: Customer) -> None:
    hobby = widen(group)
    assert enter(group, li, hobby) == ["privacy.consent_first"]
    # What the first notice named stays as it was agreed to.
    assert shown(group.sales_a, li, "phone") == "13800138000"
    with acting(group.sales_a):
        again = [given("marketing", at=AT + 2 * HOUR)]
        record_customer_consent(customer_id=li.pk, consents=again, actor=group.sales_a, at=AT + 2 * HOUR)
    assert enter(group, li, hobby, "另一公司") == []
    assert shown(group.sales_a, li, hobby) == "登山"
