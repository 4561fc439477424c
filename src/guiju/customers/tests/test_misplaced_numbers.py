"""Numbers that have a field of their own don't stand in names, remarks and tags (写错地方的号码)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.customers.models import Customer
from guiju.customers.services.bulk import tag_many
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.tests.test_import_customers import load
from guiju.kernel.errors import Refused
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, sign_in
from guiju.privacy.tests.factories import publish

IDENTITY, CARD, PHONE = "110101199003077571", "6222021234567890128", "13800138000"


@pytest.mark.parametrize(
    ("field", "text", "word"),
    [
        ("name", f"李小明{IDENTITY}", "身份证件"),
        ("name", f"李小明 {PHONE}", "电话号码"),
        ("company", f"某某公司 {PHONE}", "电话号码"),
        ("company", f"卡号{CARD}", "银行账户"),
        ("address", f"文三路 1 号 {IDENTITY}", "身份证件"),
    ],
)
def test_a_number_in_a_plain_field_is_pointed_out(group: Group, field: str, text: str, word: str) -> None:
    publish(group)
    with acting(group.sales_a), pytest.raises(Refused) as refusal:
        values = {"name": "李小明", "phone": PHONE} | {field: text}
        add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT)
    [problem] = refusal.value.problems
    assert (problem.code, problem.field) == ("number_misplaced", field) and word in problem.sentence


def test_the_form_keeps_what_was_typed_and_says_what_to_do(group: Group, client: Client) -> None:
    publish(group)
    sign_in(client, "xiaoshou.a")
    answer = client.post("/customers/add/", {"name": f"李小明{PHONE}", "level": "a"})
    page = answer.content.decode()
    assert answer.status_code == 422 and "请填到它自己的字段" in page and f"李小明{PHONE}" in page
    remark = client.post("/customers/add/", {"name": "李小明", "source_words": f"老客户 {PHONE} 介绍"})
    assert remark.status_code == 422 and "信息的来源里有电话号码" in remark.content.decode()


def test_a_tag_and_a_cell_of_a_file_are_looked_at_too(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        values = {"name": "李小明", "phone": PHONE}
        li = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer
        with pytest.raises(Refused) as refusal:
            tag_many(customers=[li.pk], tag=f"老客户{PHONE}", actor=group.sales_a, at=AT)
    assert refusal.value.code == "number_misplaced"
    found = load(group, f"姓名,手机,所在单位\n王芳,13800138001,某某公司{IDENTITY}\n")
    assert found.cells_refused == 1
    with acting(group.sales_a):
        assert "company" not in Customer.objects.get(name="王芳").extra


def test_ordinary_texts_with_figures_stay(group: Group) -> None:
    publish(group)
    with acting(group.sales_a):
        values = {
            "name": "李小明3号",
            "phone": PHONE,
            "company": "2026第12345678号公司",
            "address": f"文三路 1 号，{PHONE}",
        }
        made = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT)
    assert made.refused == ()
