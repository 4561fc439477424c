"""Tags of customers stand in the catalogue, and show for what they are kept for only (客户标签)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from guiju.customers.exports import CustomerTable
from guiju.customers.models import Customer
from guiju.customers.selectors.finding import CustomerFilter
from guiju.customers.selectors.reading import reading
from guiju.customers.selectors.tags import tags_in_sight
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.consents import record_customer_consent
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.tests.test_giving import agree, reader, two, unname
from guiju.kernel.calendar.clock import day_of
from guiju.kernel.errors import Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.services.catalogue import FieldDetails, activate_field, change_field, retire_field
from guiju.privacy.services.freezing import freeze_subject
from guiju.privacy.tests.factories import data_officer, given, publish

TAG = "到店三次"
assert reader and two, "fixtures of others"


@pytest.fixture
def tagged(group: Group) -> list[Customer]:
    """A person who wants to hear of what is on offer, and a company, both with a tag."""
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": "13800138000"}
        li = add_customer(kind="person", values=values, how=How(consents=[given()]), actor=group.sales_a, at=AT)
        firm = add_customer(kind="company", values={"name": "东方餐饮"}, how=How(), actor=group.sales_a, at=AT)
        found = [li.customer, firm.customer]
        tag_many(customers=[one.pk for one in found], tag=TAG, actor=group.sales_a, at=AT)
    return found


def listed(client: Client, purpose: str) -> str:
    return client.get(f"/customers/?purpose={purpose}").content.decode()


def exported(group: Group, purpose: str) -> list[str]:
    with acting(group.sales_a), reading(group.sales_a, purpose=purpose, on=day_of(AT)) as seen:
        table = CustomerTable(seen, seen.customers())
        return [row[table.header.index("标签")] for row in table]


def give_marketing(group: Group) -> None:
    officer = data_officer(group)
    how = {"entity_id": officer.entity_id, "record_kind": "tag", "code": "text", "actor": officer, "at": AT}
    uses = {"sales": "contract", "service": "contract", "marketing": "consent"}
    with acting(officer):
        change_field(details=FieldDetails("标签", uses=uses, visibility="clear", retention=36), **how)
        activate_field(**how)


@pytest.mark.parametrize(("purpose", "shows"), [("sales", True), ("service", True), ("marketing", False)])
def test_tags_show_for_what_the_catalogue_gives_them(
    group: Group, tagged: list[Customer], client: Client, purpose: str, shows: bool
) -> None:
    sign_in(client, "xiaoshou.a")
    page = listed(client, purpose)
    assert tagged[1].name in page and (TAG in page) == shows
    assert exported(group, purpose) == ([TAG, TAG] if shows else ["", ""])


def test_nobody_is_found_by_a_tag_for_another_purpose(tagged: list[Customer], client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    refused = client.get(f"/customers/?purpose=marketing&tag={TAG}").content.decode()
    assert "标签不能用于营销" in refused and tagged[1].name not in refused
    assert tagged[1].name in client.get(f"/customers/?purpose=sales&tag={TAG}").content.decode()


def test_a_company_that_gives_tags_to_marketing_by_consent_sees_those_of_who_agreed(
    group: Group, tagged: list[Customer]
) -> None:
    give_marketing(group)
    # The consent goes as far as the notice did of which they were told: that one named no tags. A company isn't asked.
    assert exported(group, "marketing") == [TAG, ""]
    later = AT + timedelta(minutes=1)
    publish(group, at=later)
    with acting(group.sales_a):
        record_customer_consent(
            customer_id=tagged[0].pk, consents=[given(at=later)], actor=group.sales_a, at=later + timedelta(minutes=1)
        )
    assert exported(group, "marketing") == [TAG, TAG]


def test_a_field_out_of_use_takes_no_tags_and_shows_none(group: Group, tagged: list[Customer]) -> None:
    officer = data_officer(group)
    with acting(officer):
        retire_field(entity_id=officer.entity_id, record_kind="tag", code="text", reason="用不着", actor=officer, at=AT)
    assert exported(group, "sales") == ["", ""]
    with acting(group.sales_a), pytest.raises(Refused) as refusal:
        tag_many(customers=[tagged[0].pk], tag="新的", actor=group.sales_a, at=AT)
    assert refusal.value.code == "tags_inactive"


def found_by_tag(member: Member, purpose: str = "sales") -> tuple[set[str], list[tuple[str, int]]]:
    with acting(member), reading(member, purpose=purpose, on=day_of(AT)) as seen:
        return {one.name for one in CustomerFilter(tag=TAG).of(seen.customers(), seen)}, tags_in_sight(seen)


def test_who_is_found_by_a_tag_or_counted_for_it_is_who_shows_it(group: Group, tagged: list[Customer]) -> None:
    both = {one.name for one in tagged}
    assert found_by_tag(group.sales_a) == (both, [(TAG, 2)])
    give_marketing(group)
    assert found_by_tag(group.sales_a, "marketing") == ({tagged[1].name}, [(TAG, 1)])
    later = AT + timedelta(minutes=1)
    publish(group, at=later)
    with acting(group.sales_a):
        record_customer_consent(
            customer_id=tagged[0].pk, consents=[given(at=later)], actor=group.sales_a, at=later + timedelta(minutes=1)
        )
    assert found_by_tag(group.sales_a, "marketing") == (both, [(TAG, 2)])
    officer = data_officer(group)
    assert tagged[0].subject_id
    with acting(officer):
        how = {"fields": ["person.name"], "reason": "争议未决", "actor": officer, "at": later}
        freeze_subject(subject_id=tagged[0].subject_id, **how)
    assert found_by_tag(group.sales_a) == ({tagged[1].name}, [(TAG, 1)])


def test_a_child_is_found_by_a_tag_where_the_guardian_agreed_to_the_name(group: Group) -> None:
    publish(group)
    children = {}
    for name, fields in (("小禾", ("person.name",)), ("小麦", ()), ("小豆", ("person.name",))):
        values, purpose = {"name": name, "birthday": "2020-05-01"}, "service" if name == "小豆" else "sales"
        agreed = [given(purpose, *fields, by_guardian=True), given("service", "person.birthday", by_guardian=True)]
        with acting(group.sales_a):
            made = add_customer(kind="person", values=values, how=How(consents=agreed), actor=group.sales_a, at=AT)
            tag_many(customers=[made.customer.pk], tag=TAG, actor=group.sales_a, at=AT)
        children[name] = made.customer
    assert sorted(exported(group, "sales")) == ["", TAG, TAG]
    assert found_by_tag(group.sales_a) == ({"小禾", "小麦"}, [(TAG, 2)])


def test_tags_of_a_providing_company_are_found_of_who_agreed_to_them_only(
    group: Group, reader: Member, two: tuple[Customer, Customer]
) -> None:
    unname(group, "tag.text")
    agree(group, two[0])
    with acting(group.sales_a):
        Customer.objects.update(tags=[TAG])
    with acting(reader), reading(reader, purpose="sales", on=day_of(AT)) as seen:
        assert seen.customers().count() == 1
    assert found_by_tag(reader) == (set(), [])


def test_the_page_of_tags_lists_none_where_the_catalogue_gives_them_not(
    group: Group, tagged: list[Customer], client: Client
) -> None:
    sign_in(client, "xiaoshou.a")
    assert TAG in client.get("/customers/tags/").content.decode()
    officer = data_officer(group)
    with acting(officer):
        retire_field(entity_id=officer.entity_id, record_kind="tag", code="text", reason="用不着", actor=officer, at=AT)
    page = client.get("/customers/tags/").content.decode()
    assert TAG not in page and "标签不能用于销售" in page


def test_the_notice_tells_of_tags_orders_opportunities_and_to_dos(group: Group) -> None:
    text = publish(group).text
    for label in (
        "标签",
        "订单号",
        "购买的产品或服务",
        "订单金额",
        "退货情况和原因",
        "退款情况",
        "商机的名称",
        "待办事项",
    ):
        assert f". {label}：用于" in text, label


def test_tags_cost_the_list_no_statement(group: Group, tagged: list[Customer], client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    listed(client, "sales")
    with CaptureQueriesContext(connection) as with_tags:
        listed(client, "sales")
    with acting(group.sales_a):
        tag_many(customers=[one.pk for one in tagged], tag=TAG, actor=group.sales_a, at=AT, take_off=True)
    with CaptureQueriesContext(connection) as without:
        listed(client, "sales")
    assert len(with_tags) == len(without)
