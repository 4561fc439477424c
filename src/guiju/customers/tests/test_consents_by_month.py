"""Consents to marketing month by month on the dashboard of marketing: each number opens these customers."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.customers.models import Customer
from guiju.customers.selectors.agreeing import MONTHS
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.kernel.calendar.clock import CHINA
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import Group, join, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.services.consents import GivenConsent, withdraw_consent
from guiju.privacy.terms import Channel
from guiju.privacy.tests.factories import publish

NOW = timezone.now()
FIRST = datetime(NOW.astimezone(CHINA).year, NOW.astimezone(CHINA).month, 1, tzinfo=CHINA)
LAST_MONTH = FIRST - timedelta(seconds=1)


def agreed(member: Member, name: str, at: datetime) -> tuple[Customer, Consent]:
    with acting(member):
        customer = add_customer(kind="person", values={"name": name}, how=How(), actor=member, at=at).customer
        said = GivenConsent("marketing", Channel.PAPER, "同意书", at)
        [made] = record_customer_consent(customer_id=customer.pk, consents=[said], actor=member, at=at)
    return customer, made


@pytest.fixture
def opened(group: Group, client: Client) -> dict[str, tuple[int, set[str]]]:
    """What the card says under each label, and who stands in the list that it opens."""
    publish(group, at=FIRST - timedelta(days=400))
    sales = group.sales_a
    agreed(sales, "早的", FIRST - timedelta(days=300))
    _, before = agreed(sales, "上月的", LAST_MONTH)
    agreed(sales, "本月的", FIRST)
    again, first = agreed(sales, "又来的", LAST_MONTH)
    with acting(sales):
        withdraw_consent(consent_id=before.pk, actor=sales, at=FIRST)
        withdraw_consent(consent_id=first.pk, actor=sales, at=LAST_MONTH)
        said = GivenConsent("marketing", Channel.PAPER, "同意书", FIRST)
        record_customer_consent(customer_id=again.pk, consents=[said], actor=sales, at=FIRST)
    join(group.company_a, "marketing", "yingxiao.a", group.system_admin, group.security_admin)
    sign_in(client, "yingxiao.a")
    page = client.get("/").content.decode()
    found = re.findall(
        r'<a href="(/customers/\?purpose=marketing&amp;(?:agreed|withdrew)=[^"]*)" aria-label="([^：]*)：(\d+)"', page
    )
    told = {}
    for address, label, count in found:
        shown = client.get(html.unescape(address))
        told[label] = int(count), {row.name for row, _ in shown.context["lines"]}
    assert len(told) == 2 * MONTHS
    return told


def test_each_number_opens_who_agreed_or_withdrew_in_that_month(opened: dict[str, tuple[int, set[str]]]) -> None:
    now, before = f"{FIRST.month}月", f"{LAST_MONTH.month}月"
    assert opened[f"{now}同意"] == (2, {"本月的", "又来的"})
    assert opened[f"{now}撤回"] == (1, {"上月的"})
    assert opened[f"{before}同意"] == (2, {"上月的", "又来的"})
    assert opened[f"{before}撤回"] == (1, {"又来的"})
    others = [one for label, one in opened.items() if label[:-2] not in (now, before)]
    assert others == [(0, set())] * len(others)


def test_an_odd_month_is_told_and_who_reads_no_consents_gets_none(group: Group, client: Client) -> None:
    publish(group)
    sign_in(client, "xiaoshou.a")
    for name in ("agreed", "withdrew"):
        for odd in ("2026-13", "x", "9999-12", "\x00"):
            page = client.get("/customers/", {name: odd})
            assert page.status_code == 200 and not page.context["lines"]
        assert "月份请写成" in client.get("/customers/", {name: "x"}).content.decode()
