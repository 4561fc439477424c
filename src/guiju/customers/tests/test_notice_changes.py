"""A consent reaches as far as the notice that was shown, and those whom a newer one concerns are asked anew (重新征求)."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.reading import reading
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer, change_customer
from guiju.customers.services.intake import How
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.services.asking import answer_link
from guiju.privacy.services.catalogue import FieldDetails, activate_field, propose_field
from guiju.privacy.terms import AgeGroup
from guiju.privacy.tests.factories import data_officer, given, publish

HOUR = timedelta(hours=1)
HOBBY = FieldDetails("爱好", uses={"marketing": "consent"}, retention=12)


def widen(group: Group, details: FieldDetails = HOBBY, *, at: datetime = AT + HOUR) -> str:
    """Another field in the catalogue, and in a newer notice; returns its code."""
    officer = data_officer(group)
    with acting(officer):
        row = propose_field(entity_id=officer.entity_id, record_kind="person", details=details, actor=officer, at=AT)
        activate_field(entity_id=officer.entity_id, record_kind="person", code=row.code, actor=officer, at=AT)
    publish(group, at=at)
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


def test_whom_a_newer_notice_concerns_is_listed_and_asked_anew(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    assert "没有要重新征求的" in client.get("/customers/wanting/?source=notice").content.decode()
    publish(group, at=AT + HOUR)
    # Another wording, or another day, asks nobody again.
    assert "没有要重新征求的" in client.get("/customers/wanting/?source=notice").content.decode()
    widen(group, at=AT + 2 * HOUR)
    assert "1 项同意" in client.get("/customers/wanting/").content.decode()
    page = client.get("/customers/wanting/?source=notice").content.decode()
    assert "李小明" in page and "爱好" in page and f'value="{li.pk}"' in page
    asked = client.post("/customers/wanting/ask/", {"customer": str(li.pk)}).content.decode()
    secret = re.search(r"/consent/([\w-]+)/", asked).group(1)  # type: ignore[union-attr]
    assert "等待答复" in client.get("/customers/wanting/?source=notice").content.decode()
    again = client.post("/customers/wanting/ask/", {"customer": str(li.pk)}).content.decode()
    assert "不要重复打扰" in again
    with acting(group.sales_a):
        answer_link(secret=secret, answers=[True], age=AgeGroup.ADULT, at=timezone.now())
    assert "没有要重新征求的" in client.get("/customers/wanting/?source=notice").content.decode()


def test_a_notice_published_between_showing_and_recording_is_named(group: Group, li: Customer, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    address = f"/customers/{li.pk}/consents/add/"
    page = client.get(address).content.decode()
    assert 'name="notice_shown" value="1"' in page
    widen(group)
    typed = {"purposes": ["service"], "proof": "同意书 2 号", "notice_shown": "1"}
    refused = client.post(address, typed)
    assert refused.status_code == 422 and "第1版" in refused.content.decode() and "第2版" in refused.content.decode()
    assert 'name="notice_shown" value="2"' in refused.content.decode()
    # Somebody who agreed before the newer one is bound to the one that was shown.
    before = (AT + HOUR / 2).astimezone(timezone.get_current_timezone())
    client.post(address, typed | {"given_at": before.strftime("%Y-%m-%dT%H:%M")})
    with acting(group.sales_a):
        assert Consent.objects.get(subject=li.subject, purpose="service").notice.version == 1
    client.post(address, typed | {"notice_shown": "2", "purposes": ["marketing"]})
    with acting(group.sales_a):
        assert Consent.objects.get(subject=li.subject, purpose="marketing", ended_at=None).notice.version == 2
