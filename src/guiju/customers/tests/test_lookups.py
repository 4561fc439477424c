"""Who sees phones masked doesn't find out by searching what they are: `note_lookup` counts, and stops (按号码查找)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.audit.words import ACTIONS
from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.tests.merging import person
from guiju.evidence.selectors import history_of
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Alert, Disclosure, Member
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.disclosures import words_of_disclosure
from guiju.organisations.services.disclosures import MOST_LOOKUPS, note_lookup
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import publish

PHONE = "13800138000"


@pytest.fixture
def marketer(group: Group) -> Member:
    """Somebody who sees all customers of the company, and their phones masked."""
    publish(group)
    person(group.sales_a, "李小明", phone=PHONE)
    return join(group.company_a, "marketing", "shichang.a", group.system_admin, group.security_admin)


def found(member: Member, words: str) -> list[str]:
    with acting(member), reading(member, purpose="sales", on=day_of(AT)) as seen:
        return [one.name for one in CustomerFilter(words).of(seen.customers(), seen)]


def lookups(member: Member) -> list[Disclosure]:
    with acting(member):
        return list(Disclosure.objects.filter(member=member, sort=Disclosure.Sort.LOOKUP))


@pytest.mark.parametrize("words", [PHONE, "8000", "138-0013-8000"])
def test_each_such_search_is_logged(marketer: Member, words: str) -> None:
    assert found(marketer, words) == ["李小明"]
    [one] = lookups(marketer)
    assert words_of_disclosure(one) == "查找客户的电话号码属于谁"
    with acting(marketer):
        [entry] = history_of(one)
    assert ACTIONS[entry.action] == "按号码查找"


def test_a_search_by_name_and_one_of_who_sees_phones_count_nothing(group: Group, marketer: Member) -> None:
    assert found(marketer, "李小明") == found(marketer, "lxm") == ["李小明"]
    assert found(group.sales_a, PHONE) == ["李小明"]
    assert lookups(marketer) == lookups(group.sales_a) == []


def test_after_so_many_a_day_it_is_refused_and_the_security_administrator_hears_of_it(
    group: Group, marketer: Member, client: Client
) -> None:
    for number in range(MOST_LOOKUPS):
        found(marketer, f"{number:04d}")
    with acting(group.security_admin):
        [alert] = Alert.objects.filter(member=marketer)
    assert (alert.sort, alert.count) == (Disclosure.Sort.LOOKUP, MOST_LOOKUPS)
    for words in (PHONE, "8000"):
        with pytest.raises(Refused, match=f"今天按号码查找已满{MOST_LOOKUPS}次"):
            found(marketer, words)
    assert found(marketer, "李小明") == ["李小明"]
    sign_in(client, marketer.user.username)
    page = client.get(f"/customers/?search={PHONE}")
    assert page.status_code == 200
    assert "今天按号码查找已满" in page.content.decode() and "李小明" not in page.content.decode()
    with acting(marketer):
        secret = create_token(member=marketer, name="x", days=1, at=timezone.now())
    answer = client.get(
        f"/api/v1/customers?purpose=sales&search={PHONE}", headers={"Authorization": f"Bearer {secret}"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, "looked_up_most")
    with acting(marketer):
        assert note_lookup(code="customer.phone", actor=marketer, at=timezone.now() + timedelta(days=1))


def test_the_last_digits_of_a_phone_are_asked_for_in_ones_own_company_only(group: Group, marketer: Member) -> None:
    publish(group, group.company_b)
    person(group.sales_b, "乙的客户", phone=PHONE)
    assert found(marketer, PHONE) == ["李小明"]
    with acting(group.sales_b):
        assert Customer.objects.count() == 1
