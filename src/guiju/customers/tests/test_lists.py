"""Lists of customers: order, columns, and lists that are kept under a name (客户列表，保存的筛选)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.customers.models import SavedList
from guiju.customers.selectors.lists import kept_lists, lists_of
from guiju.customers.services.customers import add_customer
from guiju.customers.services.intake import How
from guiju.customers.services.lists import MOST, remove_list, save_list
from guiju.customers.services.notes import NoteDetails, add_note
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member
from guiju.organisations.selectors import acting
from guiju.organisations.tests.factories import AT, Group, join, sign_in
from guiju.privacy.tests.factories import publish


@pytest.fixture
def three(group: Group) -> Group:
    publish(group)
    with acting(group.sales_a):
        for number, name in enumerate(("甲", "乙", "丙")):
            values = {"name": name, "level": "abc"[number], "phone": f"1380013800{number}"}
            made = add_customer(kind="person", values=values, how=How(), actor=group.sales_a, at=AT).customer
            if name != "乙":
                at = AT + timedelta(minutes=1 + number)
                due = (AT + timedelta(days=9 - number)).date()
                add_note(
                    customer_id=made.pk, details=NoteDetails("来电", "call", next_on=due), actor=group.sales_a, at=at
                )
    return group


def names(client: Client, query: str) -> list[str]:
    return [row.name for row, _ in client.get(f"/customers/?{query}").context["lines"]]


@pytest.mark.parametrize(
    ("sort", "wanted"),
    [("", "丙乙甲"), ("due", "丙甲乙"), ("stale", "乙甲丙"), ("touched", "丙甲乙"), ("odd", "丙乙甲")],
)
def test_a_list_stands_in_the_order_that_was_asked_for(client: Client, three: Group, sort: str, wanted: str) -> None:
    sign_in(client, "xiaoshou.a")
    assert "".join(names(client, f"sort={sort}")) == wanted


def test_columns_are_chosen_from_the_catalogue_and_what_isnt_there_is_passed_over(client: Client, three: Group) -> None:
    sign_in(client, "xiaoshou.a")
    assert client.get("/customers/?columns=region&columns=phone").context["titles"] == ["客户", "所在地区", "手机"]
    assert client.get("/customers/?columns=level,email").context["titles"] == ["客户", "等级", "电子邮箱"]
    usual = ["客户", "手机", "所在单位", "等级", "来源"]
    assert client.get("/customers/?columns=blood&columns=name").context["titles"] == usual
    page = client.get("/customers/export/?columns=level").content.decode()
    assert "导出客户" in page


def test_a_list_is_kept_opened_shared_and_taken_away(client: Client, three: Group) -> None:
    sign_in(client, "xiaoshou.a")
    address = "/customers/lists/save/?level=a&sort=due&columns=phone&columns=level&search=13800138000&purpose=service"
    page = client.post(address, {"name": " 重点  客户 ", "is_shared": "on"}, follow=True).content.decode()
    assert "已保存“重点 客户”" in page
    with acting(three.sales_a):
        made = SavedList.objects.get()
        assert made.query == {"level": "a", "sort": "due", "columns": "phone,level", "purpose": "service"}
        assert [one.action for one in history_of(made)] == ["customers.save_list"]
    shown = client.get("/customers/")
    [kept] = shown.context["lists"]
    assert names(client, kept.query) == ["甲"]
    assert client.get(f"/customers/?{kept.query}").context["columns"] == ["phone", "level"]

    colleague = join(three.company_a, "sales", "xiaoshou.c", three.system_admin, three.security_admin)
    sign_in(client, "xiaoshou.c")
    page = client.get("/customers/").content.decode()
    assert "重点 客户" in page and f"/customers/lists/{made.pk}/remove/" not in page
    with acting(colleague), pytest.raises(Missing):
        remove_list(list_id=made.pk, actor=colleague, at=AT)
    sign_in(client, "xiaoshou.a")
    assert "已删去“重点 客户”" in client.post(f"/customers/lists/{made.pk}/remove/", follow=True).content.decode()
    assert client.get("/customers/").context["lists"] == []


def keep(actor: Member, name: str, *, is_shared: bool = False, **query: str) -> SavedList:
    with acting(actor):
        return save_list(name=name, query=query, is_shared=is_shared, actor=actor, at=AT)


def test_the_same_name_replaces_and_another_company_sees_nothing(three: Group) -> None:
    first = keep(three.sales_a, "我的", level="a", is_shared=True)
    assert keep(three.sales_a, "我的", level="b", is_shared=True).pk == first.pk
    with acting(three.sales_a):
        assert [one.query for one in lists_of(three.sales_a)] == [{"level": "b"}]
    with acting(three.sales_b):
        assert not lists_of(three.sales_b).exists() and not kept_lists(three.sales_b)


@pytest.mark.parametrize(
    ("name", "query", "code"),
    [
        ("", {"level": "a"}, "list_name"),
        ("字" * 41, {"level": "a"}, "list_name"),
        ("我的", {"search": "李"}, "list_empty"),
    ],
)
def test_a_list_without_a_name_or_without_anything_to_keep_is_refused(
    three: Group, name: str, query: dict[str, str], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        keep(three.sales_a, name, **query)
    assert refusal.value.code == code


def test_somebody_keeps_so_many_lists_and_no_more(three: Group) -> None:
    for number in range(MOST):
        keep(three.sales_a, f"筛选{number}", level="a")
    with pytest.raises(Refused):
        keep(three.sales_a, "再来一个", level="a")


def test_who_sees_no_customers_keeps_no_list(three: Group) -> None:
    helper = join(three.company_a, "contractor", "waibu.a", three.system_admin, three.security_admin)
    with pytest.raises(NotAllowed):
        keep(helper, "我的", level="a")
