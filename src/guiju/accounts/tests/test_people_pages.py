"""The pages of people: who is shown to whom, rights on screen, explanations (成员)."""

from __future__ import annotations

import io
from datetime import datetime

import openpyxl
import pytest
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from guiju.kernel.errors import Missing
from guiju.organisations.models import Member, User
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.people import PeopleFilter, people_for, person_for
from guiju.organisations.services.people import MemberChanges, change_member
from guiju.organisations.tests.factories import AT, Group, join, let, sign_in

DAY = AT.date()


def names(member: Member, **wanted: object) -> set[str]:
    with acting(member):
        return {one.user.username for one in people_for(member, PeopleFilter(**wanted), on=DAY)}


EVERYBODY = {"xitong", "anquan", "shenji", "hegui", "xiaoshou.a", "xiaoshou.b"}


def test_people_are_seen_as_far_as_the_role_reaches(group: Group) -> None:
    assert names(group.system_admin) == EVERYBODY
    assert names(group.compliance) == EVERYBODY
    let("sales", "member.read", "company")
    assert names(group.sales_a) == {"xiaoshou.a"}
    join(group.company_a, "service", "kefu.a", group.system_admin, group.security_admin)
    group.sales_a.__dict__.pop("_rights", None)
    assert names(group.sales_a) == {"xiaoshou.a", "kefu.a"}
    let("sales", "member.read", "own")
    group.sales_a.__dict__.pop("_rights", None)
    assert names(group.sales_a) == {"xiaoshou.a"}


def test_they_are_found_by_name_company_and_role(group: Group) -> None:
    assert names(group.system_admin, search="XIAOSHOU") == {"xiaoshou.a", "xiaoshou.b"}
    assert names(group.system_admin, search="小统 系") == {"xitong"}
    assert names(group.system_admin, company=group.company_a.unified_code) == {"xiaoshou.a"}
    assert names(group.system_admin, role="compliance") == {"hegui"}
    assert names(group.system_admin, search="\x00") == EVERYBODY


def test_a_person_out_of_sight_is_missing(group: Group, client: Client) -> None:
    with acting(group.sales_a), pytest.raises(Exception, match="查看成员"):
        person_for(group.sales_a, group.sales_b.pk, on=DAY)
    let("sales", "member.read", "company")
    group.sales_a.__dict__.pop("_rights", None)
    with acting(group.sales_a), pytest.raises(Missing):
        person_for(group.sales_a, group.sales_b.pk, on=DAY)
    assert sign_in(client, "xiaoshou.a").get(f"/people/{group.sales_b.pk}/").status_code == 404


@pytest.fixture
def with_addresses(group: Group) -> Member:
    User.objects.filter(pk=group.sales_a.user_id).update(email="zhang@example.com", phone="13800001234")
    return group.sales_a


@pytest.mark.parametrize(
    ("who", "email", "phone"),
    [("xitong", "zhang@example.com", "13800001234"), ("hegui", "z***@example.com", "138****1234")],
)
def test_addresses_are_clear_or_masked_on_every_path(
    group: Group, client: Client, with_addresses: Member, who: str, email: str, phone: str
) -> None:
    page = sign_in(client, who).get(f"/people/{with_addresses.pk}/").content.decode()
    assert email in page and phone in page
    if who == "hegui":
        assert "zhang@" not in page and "13800001234" not in page
        let("compliance", "member.export", "subtree")
    book = openpyxl.load_workbook(io.BytesIO(client.get("/people/export.xlsx").getvalue()))
    cells = {str(cell.value) for row in book.active.iter_rows() for cell in row}
    assert all(isinstance(row[8], datetime) for row in book.active.iter_rows(min_row=2, values_only=True))
    assert {email, phone} <= cells
    assert who != "hegui" or not {"zhang@example.com", "13800001234"} & cells


def test_roles_are_granted_and_withdrawn_on_the_page(group: Group, client: Client) -> None:
    sign_in(client, "anquan")
    address = f"/people/{group.sales_a.pk}/"
    done = client.post(address + "grant/", {"role": "marketing"}, follow=True).content.decode()
    assert "已授予xiaoshou.a“营销专员”" in done
    assert "不能兼任" in client.post(address + "grant/", {"role": "audit_admin"}, follow=True).content.decode()
    assert "已收回" in client.post(address + "withdraw/", {"role": "marketing"}, follow=True).content.decode()
    own = client.post(f"/people/{group.security_admin.pk}/grant/", {"role": "sales"}, follow=True).content.decode()
    assert "不能给自己授权" in own
    assert "没有这个角色" in client.post(address + "grant/", {"role": "nonsense"}, follow=True).content.decode()


def test_the_security_administrator_asks_why_somebody_sees_something(group: Group, client: Client) -> None:
    page = sign_in(client, "anquan").get(f"/people/{group.compliance.pk}/access/").content.decode()
    assert "合规专员" in page and "看得到的公司" in page and "不能：登记公司（系统管理员可以）" in page
    assert "没有数据关系，看不到" in page
    assert sign_in(client, "hegui").get(f"/people/{group.sales_a.pk}/access/").status_code == 403


def test_a_person_is_changed_and_the_change_recorded(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    form = {
        "name": "张三",
        "email": "zhang@EXAMPLE.com",
        "phone": "+86 138 0000 1234",
        "title": "店长",
        "department": "",
    }
    page = client.post(f"/people/{group.sales_a.pk}/change/", form, follow=True).content.decode()
    assert "张三" in page and "zhang@example.com" in page and "13800001234" in page and "店长" in page
    history = sign_in(client, "anquan").get(f"/people/{group.sales_a.pk}/").content.decode()
    assert "修改资料" in history and "授予“销售”" in history and "系小统" in history
    with acting(group.sales_a), pytest.raises(Exception, match="修改成员的资料"):
        change_member(
            member=group.sales_a,
            changes=MemberChanges("x", "", "", "", None),
            actor=group.sales_a,
            at=AT,
        )


def test_one_account_serves_several_companies(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    form = {"company": group.company_b.unified_code, "title": "顾问"}
    page = client.post(f"/people/{group.sales_a.pk}/join/", form, follow=True).content.decode()
    assert "也是乙零售有限公司的成员了" in page
    again = client.post(f"/people/{group.sales_a.pk}/join/", form)
    assert again.status_code == 422 and "已经是乙零售有限公司的成员" in again.content.decode()


def test_a_role_that_clashes_with_one_in_another_company_is_refused(group: Group, client: Client) -> None:
    """A person in two companies is one person: no administrator here who sells there."""
    sign_in(client, "xitong").post(f"/people/{group.sales_a.pk}/join/", {"company": group.headquarters.unified_code})
    with acting(group.security_admin):
        there = Member.objects.get(user=group.sales_a.user, entity=group.headquarters)
    sign_in(client, "anquan")
    refused = client.post(f"/people/{there.pk}/grant/", {"role": "audit_admin"}, follow=True).content.decode()
    assert "审计管理员看不到业务数据，不能兼任别的角色" in refused


def test_the_list_asks_the_same_few_questions_for_one_person_and_for_fifty(group: Group, client: Client) -> None:
    sign_in(client, "xitong")

    def count() -> int:
        with CaptureQueriesContext(connection) as asked:
            client.get("/people/")
        return len(asked)

    from django.db import connection

    client.get("/people/")
    few = count()
    for number in range(30):
        join(group.company_a, "sales", f"x{number}", group.system_admin, group.security_admin)
    assert count() == few <= 22


def test_somebody_is_taken_offline_at_once(group: Group, client: Client) -> None:
    other = sign_in(Client(), "xiaoshou.a")
    assert other.get("/companies/").status_code == 200
    done = (
        sign_in(client, "anquan").post(reverse("end_sessions", args=[group.sales_a.pk]), follow=True).content.decode()
    )
    assert "1个会话已经结束" in done
    assert other.get("/companies/").status_code == 302


def test_a_token_is_made_on_the_page_for_some_rights_only(group: Group, client: Client) -> None:
    from guiju.organisations.services.tokens import create_token

    sign_in(client, "hegui")
    page = client.post("/account/tokens/create/", {"name": "官网", "days": "30", "scope": ["company.read"]})
    secret = page.context["secret"]
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert Client().get("/api/v1/companies", **bearer).status_code == 200
    company = group.company_a.pk
    assert Client().get(f"/api/v1/companies/{company}/history", **bearer).status_code == 403
    with acting(group.sales_a), pytest.raises(Exception, match="令牌也不能"):
        create_token(member=group.sales_a, name="x", days=1, at=AT, scope=["company.export"])
    refused = client.post("/account/tokens/create/", {"name": "x", "days": "5000"})
    assert refused.status_code == 422 and "1至366天" in refused.content.decode()


def test_a_token_in_an_address_is_ended(group: Group) -> None:
    from django.utils import timezone

    from guiju.organisations.services.tokens import create_token

    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="x", days=1, at=timezone.now())
    leaked = Client().get(f"/api/v1/companies?access_token={secret}")
    assert leaked.status_code == 400 and "已经吊销" in leaked.json()["message"]
    assert Client().get("/api/v1/companies", HTTP_AUTHORIZATION=f"Bearer {secret}").status_code == 401
