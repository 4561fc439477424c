"""Customers that are likely the same are found, grouped, told apart and made one (查重)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.customers.models import Customer, Merge, NotSame
from guiju.customers.selectors.duplicates import likely_same
from guiju.customers.selectors.reading import reading
from guiju.customers.services.contacts import add_contact
from guiju.customers.services.intake import How
from guiju.customers.services.sameness import say_not_same
from guiju.customers.tests.merging import LATER, firm, merge, person
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Missing, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.models import Subject
from guiju.privacy.tests.factories import publish

PHONE = "13800138001"


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def groups(actor: Member, ground: str) -> list[set[str]]:
    with acting(actor), reading(actor, purpose="sales", on=day_of(LATER), right="customer.merge") as seen:
        return [{one.name for one in found.customers} for found in likely_same(seen, ground)[0]]


def test_each_ground_finds_its_own(seller: Member) -> None:
    person(seller, "李小明", phone=PHONE, company="东方餐饮")
    person(seller, "李晓明", phone=PHONE)
    person(seller, "李小明 ", company="东方餐饮有限公司")
    person(seller, "李小明")
    firm(seller, "东方餐饮有限公司")
    firm(seller, "东方餐饮（股份有限公司）")
    firm(seller, "ＡＢＣ 商贸有限公司")
    firm(seller, "abc商贸")
    assert groups(seller, "phone") == [{"李小明", "李晓明"}]
    assert groups(seller, "person") == [{"李小明"}]
    assert groups(seller, "company") == [
        {"东方餐饮有限公司", "东方餐饮（股份有限公司）"},
        {"ＡＢＣ 商贸有限公司", "abc商贸"},
    ]
    assert groups(seller, "code") == []


def test_companies_are_found_by_the_phone_of_their_contacts(seller: Member) -> None:
    person(seller, phone=PHONE)
    for name in ("甲公司", "乙公司"):
        company = firm(seller, name)
        with acting(seller):
            values = {"name": "王一", "phone": PHONE}
            add_contact(customer_id=company.pk, values=values, how=How(), actor=seller, at=AT)
    assert groups(seller, "phone") == [{"甲公司", "乙公司"}]


def test_who_is_not_the_same_is_not_offered_again(seller: Member) -> None:
    three = [person(seller, name, phone=PHONE) for name in ("甲", "乙", "丙")]
    with acting(seller):
        say_not_same(customers=[three[0].pk, three[1].pk], actor=seller, at=LATER)
    assert groups(seller, "phone") == [{"甲", "乙", "丙"}]
    with acting(seller):
        assert len(say_not_same(customers=[one.pk for one in three], actor=seller, at=LATER)) == 2
        with pytest.raises(Refused):
            say_not_same(customers=[three[0].pk, three[2].pk], actor=seller, at=LATER)
        with pytest.raises(Refused):
            say_not_same(customers=[three[0].pk], actor=seller, at=LATER)
    assert groups(seller, "phone") == []


def test_who_is_frozen_merged_or_out_of_sight_is_not_compared(group: Group, seller: Member) -> None:
    kept, gone, frozen = (person(seller, name, phone=PHONE) for name in ("甲", "乙", "丙"))
    colleague = join(group.company_a, "sales", "xiaoshou.a2", group.system_admin, group.security_admin)
    theirs = person(colleague, "丁", phone=PHONE)
    publish(group, group.company_b)
    person(group.sales_b, "戊", phone=PHONE)
    with acting(seller):
        Subject.objects.filter(pk=frozen.subject_id).update(frozen_at=LATER, frozen_because="核查中")
    merge(kept, gone, seller)
    for actor in (seller, colleague, group.sales_b):
        assert groups(actor, "phone") == []
    service = join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    assert groups(service, "phone") == [{"甲", "丁"}]
    with acting(seller), pytest.raises(Missing):
        say_not_same(customers=[kept.pk, theirs.pk], actor=seller, at=LATER)


def test_the_pages_lead_from_a_pair_to_one_customer_and_back(seller: Member) -> None:
    kept, gone = person(seller, phone=PHONE, company="旧单位"), person(seller, "李晓明", phone=PHONE, company="新单位")
    client = Client()
    sign_in(client, seller.user.username)
    listed = client.get("/customers/duplicates/").content.decode()
    assert "李小明" in listed and "李晓明" in listed
    for odd in ("?ground=x&page=0", "?page=99999999999", "?ground=company", "?ground=code&page=-1"):
        assert client.get(f"/customers/duplicates/{odd}").status_code == 200
    chosen = {"customer": [str(kept.pk), str(gone.pk)], "what": "merge"}
    answer = client.post("/customers/duplicates/not-same/", chosen)
    assert answer.headers["Location"] == f"/customers/{kept.pk}/merge/{gone.pk}/"
    form = client.get(answer.headers["Location"]).content.decode()
    assert "旧单位" in form and "新单位" in form
    done = client.post(answer.headers["Location"], {"from_company": "gone"}, follow=True)
    assert "所在单位、姓名" not in done.content.decode() and "撤销合并" in done.content.decode()
    with acting(seller):
        made = Merge.objects.get()
        assert made.taken == ["company"]
    led = client.get(f"/customers/{gone.pk}/", follow=True)
    assert led.redirect_chain == [(f"/customers/{kept.pk}/", 302)]
    assert "已经并入这一位" in led.content.decode() and "登记的另一位客户合并" in led.content.decode()
    undone = client.post(f"/customers/merges/{made.pk}/undo/", follow=True).content.decode()
    assert "已撤销合并" in undone
    assert "李晓明" in client.get(f"/customers/{gone.pk}/").content.decode()
    told = client.post("/customers/duplicates/not-same/", chosen | {"what": "not_same"}, follow=True)
    assert "以后不再提示" in told.content.decode()
    with acting(seller):
        assert NotSame.objects.count() == 1 and Customer.objects.filter(hidden_at=None).count() == 2
    found = client.get(f"/customers/{kept.pk}/merge/?search=李").content.decode()
    assert f"/customers/{kept.pk}/merge/{gone.pk}/" in found
