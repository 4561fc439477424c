"""A wrong edit is taken back from the history (恢复客户的旧内容)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.customers.models import Customer
from guiju.customers.services.customers import change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.restoring import restore_customer
from guiju.customers.tests.merging import LATER, person, reload
from guiju.customers.values import values_of
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Consent
from guiju.privacy.services.consents import withdraw_consent
from guiju.privacy.tests.factories import given, publish


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def change(customer: Customer, actor: Member, minutes: int = 0, **values: str) -> None:
    with acting(actor):
        change_customer(
            customer_id=customer.pk, values=values, how=How(), actor=actor, at=LATER + timedelta(minutes=minutes)
        )


def test_a_version_comes_back_and_one_edit_is_undone(seller: Member) -> None:
    customer = person(seller, company="第一家", wechat="wx_one")
    change(customer, seller, company="第二家")
    change(customer, seller, 1, wechat="", region="330106")
    with acting(seller):
        restore_customer(customer_id=customer.pk, number=2, undo=True, actor=seller, at=LATER + timedelta(hours=1))
        assert values_of(reload(customer)[0]) == {"name": "李小明", "company": "第一家", "region": "330106"}
        restore_customer(customer_id=customer.pk, number=2, undo=False, actor=seller, at=LATER + timedelta(hours=2))
        assert values_of(reload(customer)[0]) == {"name": "李小明", "company": "第二家", "wechat": "wx_one"}
        newest = history_of(customer)[0]
        assert (newest.action, newest.reason) == ("customers.restore_customer", "恢复到第2版")
        with pytest.raises(Refused) as refusal:
            restore_customer(customer_id=customer.pk, number=2, undo=False, actor=seller, at=LATER + timedelta(hours=3))
        assert refusal.value.code == "nothing_to_restore"
        for number, undo in ((99, False), (1, True), (0, False)):
            with pytest.raises(Missing):
                restore_customer(customer_id=customer.pk, number=number, undo=undo, actor=seller, at=LATER)


def test_what_was_withdrawn_does_not_come_back_by_history(seller: Member) -> None:
    customer = person(seller, company="第一家", gender="female", consents=[given("service")])
    change(customer, seller, company="第二家", gender="")
    with acting(seller):
        consent = Consent.objects.get(subject=customer.subject)
        withdraw_consent(consent_id=consent.pk, actor=seller, at=LATER + timedelta(minutes=1))
        saved = restore_customer(
            customer_id=customer.pk, number=1, undo=False, actor=seller, at=LATER + timedelta(hours=1)
        )
        assert [one.field for one in saved.refused] == ["gender"]
        assert values_of(reload(customer)[0]) == {"name": "李小明", "company": "第一家"}


def test_the_page_shows_what_would_come_back_and_does_it(group: Group, seller: Member) -> None:
    customer = person(seller, company="第一家", gender="female", consents=[given("service")])
    change(customer, seller, company="第二家", gender="")
    with acting(seller):
        consent = Consent.objects.get(subject=customer.subject)
        withdraw_consent(consent_id=consent.pk, actor=seller, at=AT + timedelta(minutes=1))
    client = Client()
    sign_in(client, seller.user.username)
    detail = client.get(f"/customers/{customer.pk}/?history=1").content.decode()
    assert f"/customers/{customer.pk}/restore/1/" in detail and "撤销这次修改" in detail
    address = f"/customers/{customer.pk}/restore/1/"
    page = client.get(address).content.decode()
    assert "第二家" in page and "第一家" in page and "性别：" in page
    with acting(seller):
        assert len(history_of(customer)) == 2
    stale = client.post(address, {"seen": "1"}, follow=True).content.decode()
    assert "刚刚被别人改过" in stale
    done = client.post(address, {"seen": "2"}, follow=True).content.decode()
    assert "已恢复" in done and "性别" in done
    with acting(seller):
        assert values_of(reload(customer)[0])["company"] == "第一家"
    for odd in ("99999999999999999999", "0", "7"):
        assert client.get(f"/customers/{customer.pk}/restore/{odd}/").status_code == 404


def test_others_restore_nothing(group: Group, seller: Member) -> None:
    customer = person(seller, company="第一家")
    change(customer, seller, company="第二家")
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    for actor in (colleague, group.sales_b):
        with acting(actor), pytest.raises((Missing, NotAllowed)):
            restore_customer(customer_id=customer.pk, number=1, undo=False, actor=actor, at=LATER)
