"""Customers are found by a part of their name and by its pinyin, and sorted by it (按姓名、拼音查找)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from guiju.customers.models import Customer
from guiju.customers.naming import plain_name
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.services.customers import change_customer
from guiju.customers.services.intake import How
from guiju.customers.services.reading_names import read_names
from guiju.customers.tests.merging import LATER, firm, merge, part, person
from guiju.customers.tests.test_import_customers import load
from guiju.kernel.calendar.clock import day_of
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.models import Subject
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, publish


@pytest.fixture
def seller(group: Group) -> Member:
    publish(group)
    return group.sales_a


def found(member: Member, words: str) -> set[str]:
    with acting(member), reading(member, purpose="sales", on=day_of(LATER)) as seen:
        return {one.name for one in CustomerFilter(words).of(seen.customers(), seen)}


@pytest.mark.parametrize(
    "words", ["张三", "三丰", "丰", "zs", "ZSF", "sf", "zhangsan", "Zhang San", "zhangsanf", "張三豐", "张 三"]
)
def test_a_name_is_found_by_a_part_its_initials_and_as_it_is_typed(seller: Member, words: str) -> None:
    person(seller, "张三丰")
    person(seller, "李四")
    assert found(seller, words) == {"张三丰"}


@pytest.mark.parametrize("words", ["东方餐饮", "饮有限", "dfcy", "bjdf", "beijingdong", "ＡＢＣ", "a-b", "ABC店"])
def test_a_company_is_found_by_what_stands_in_the_middle_of_its_name(seller: Member, words: str) -> None:
    firm(seller, "北京东方餐饮有限公司（ABC店）")
    firm(seller, "北方东海饮料有限公司")
    assert found(seller, words) == {"北京东方餐饮有限公司（ABC店）"}


@pytest.mark.parametrize("words", ["三张", "zhangsi", "s", "%", "_", "三%张", "！", "zss", "\U0010ffff"])
def test_nobody_else_is_found(seller: Member, words: str) -> None:
    person(seller, "张三")
    assert found(seller, words) == set()


def test_who_was_renamed_is_found_by_the_new_name_only(seller: Member) -> None:
    one = person(seller, "张三")
    with acting(seller):
        change_customer(customer_id=one.pk, values={"name": "欧阳娜"}, how=How(), actor=seller, at=LATER)
    assert found(seller, "oyn") == {"欧阳娜"}
    assert found(seller, "zs") == found(seller, "张") == set()


def test_nobody_is_found_by_a_name_that_may_only_be_stored(group: Group, seller: Member) -> None:
    one = person(seller, "张三")
    officer = data_officer(group)
    assert one.subject_id is not None
    with acting(officer):
        freeze_subject(
            subject_id=one.subject_id, fields=["person.name"], reason="客户要求停止使用", actor=officer, at=LATER
        )
    assert found(seller, "zs") == found(seller, "zhangs") == found(seller, "张三") == set()


def test_the_one_that_stayed_is_found_by_the_pinyin_of_both_and_after_an_undo_each_by_its_own(seller: Member) -> None:
    kept, gone = person(seller, "张三"), person(seller, "章珊珊")
    made = merge(kept, gone, seller)
    assert found(seller, "zss") == found(seller, "zhangs") == {"张三"}
    part(made, seller)
    assert found(seller, "zss") == {"章珊珊"}
    assert found(seller, "zhangs") == {"张三", "章珊珊"}


def test_who_was_merged_and_is_frozen_leads_nowhere(seller: Member) -> None:
    kept, gone = person(seller, "张三"), person(seller, "章珊珊")
    merge(kept, gone, seller)
    with acting(seller):
        Subject.objects.filter(pk=kept.subject_id).update(frozen_fields={"person.name": AT.isoformat()})
    assert found(seller, "zss") == set()


def test_who_comes_in_with_a_file_is_found(seller: Member, group: Group) -> None:
    load(group, "客户姓名,手机号\n单田芳,13800138000\n")
    assert found(seller, "stf") == {"单田芳"}
    with acting(seller):
        assert Customer.objects.get().pinyin == "shantianfang"


def test_who_was_there_before_is_found_and_gets_their_keys(seller: Member) -> None:
    one = person(seller, "张三")
    with acting(seller):
        Customer.objects.filter(pk=one.pk).update(plain_name="", name_keys=[], pinyin=None)
    assert found(seller, "张") == {"张三"}
    assert found(seller, "zs") == set()
    assert read_names() == 1
    assert found(seller, "zs") == {"张三"}
    assert read_names() == 0


def test_one_that_does_not_open_holds_up_no_other(seller: Member, caplog: pytest.LogCaptureFixture) -> None:
    broken, one = person(seller, "李四"), person(seller, "张三", phone="13800138000")
    with acting(seller):
        Customer.objects.update(plain_name="", name_keys=[], pinyin=None)
        Customer.objects.filter(pk=broken.pk).update(sealed=bytes(one.sealed))
    assert read_names() == 1
    assert str(broken.pk) in caplog.text
    assert found(seller, "zs") == {"张三"}


def test_a_list_is_sorted_by_pinyin(seller: Member, client: Client) -> None:
    for hours, name in enumerate(["赵一", "安妮", "Zoe", "单立", "重庆火锅"]):
        make = firm if name == "重庆火锅" else person
        make(seller, name, at=AT + timedelta(hours=hours))
    sign_in(client, seller.user.username)
    page = client.get("/customers/?sort=name")
    assert [row.name for row, _ in page.context["lines"]] == ["安妮", "重庆火锅", "单立", "赵一", "Zoe"]
    assert "按名称的拼音" in page.content.decode()
    assert "张三" not in client.get("/customers/?search=zs").content.decode()


@given(st.text())
def test_the_plain_form_of_a_name_has_no_marks_and_is_its_own(name: str) -> None:
    plain = plain_name(name)
    assert plain.isalnum() or not plain
    assert plain_name(plain) == plain
