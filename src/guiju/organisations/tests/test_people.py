"""People: who may add them, passwords, and the tokens that end with them (成员、口令、令牌)."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import User
from guiju.organisations.selectors import acting, tokens_of
from guiju.organisations.services.people import add_member, change_password, make_user
from guiju.organisations.services.roles import grant_role
from guiju.organisations.services.tokens import create_token, member_of_token, revoke_token
from guiju.organisations.tests.factories import AT, PASSWORD, Group, join, sign_in

NEW = "another-long-secret"


@pytest.fixture
def newcomer(group: Group) -> User:
    return make_user(username="Xin.Ren", name="新人", password=PASSWORD, at=AT)


@pytest.mark.parametrize("who", ["sales_a", "security_admin", "compliance"])
def test_only_the_system_administrator_adds_people(group: Group, newcomer: User, who: str) -> None:
    actor = getattr(group, who)
    with acting(actor), pytest.raises(NotAllowed, match="系统管理员"):
        add_member(company=group.company_a, user=newcomer, actor=actor, at=AT)


def test_nobody_is_twice_in_one_company(group: Group) -> None:
    with acting(group.system_admin), pytest.raises(Refused, match="已经是甲食品有限公司的成员"):
        add_member(company=group.company_a, user=group.sales_a.user, actor=group.system_admin, at=AT)


@pytest.mark.parametrize(
    ("username", "password", "words"),
    [
        ("张三", PASSWORD, "只能用小写字母"),
        ("-x", PASSWORD, "只能用小写字母"),
        ("xitong", PASSWORD, "已经有人用了"),
        ("zhangsan", "short", "至少12位，现为5位"),
        ("zhangsan", "zhangsan-2026-long", "不能含有用户名或姓名"),
        ("zhangsan", "password1234", "太常见"),
    ],
)
def test_a_name_or_password_that_will_not_do_is_told(group: Group, username: str, password: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        make_user(username=username, name="张三", password=password, at=AT)


def test_a_changed_password_ends_every_token_and_is_recorded(group: Group) -> None:
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="测试", days=1, at=AT)
        assert member_of_token(secret, at=AT) == group.sales_a
        assert change_password(user=group.sales_a.user, old=PASSWORD, new=NEW, actor=group.sales_a, at=AT) == 1
        with pytest.raises(NotAllowed, match="已吊销"):
            member_of_token(secret, at=AT)
        assert "organisations.change_password" in {version.action for version in history_of(group.sales_a)}


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("wrong", NEW, "现在的口令不对"),
        (PASSWORD, PASSWORD, "和现在的一样"),
        (PASSWORD, "short", "至少12位"),
    ],
)
def test_a_password_that_cannot_be_changed_is_told(group: Group, old: str, new: str, words: str) -> None:
    with acting(group.sales_a), pytest.raises(Refused, match=words):
        change_password(user=group.sales_a.user, old=old, new=new, actor=group.sales_a, at=AT)


def test_the_page_changes_the_password_and_keeps_this_sign_in(group: Group, client: Client) -> None:
    sign_in(client, "xiaoshou.a")
    other = Client()
    sign_in(other, "xiaoshou.a")
    wrong = client.post("/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW + "x"})
    assert wrong.status_code == 422 and "两次输入的新口令不一样" in wrong.content.decode()
    empty = client.post("/account/password/", {"old": ""}).content.decode()
    assert "请填写现在的口令" in empty and "请填写新口令" in empty
    done = client.post("/account/password/", {"old": PASSWORD, "new": NEW, "again": NEW}, follow=True)
    assert "口令已修改" in done.content.decode()
    assert client.get("/companies/").status_code == 200
    assert other.get("/companies/").status_code == 302


def test_a_token_is_revoked_by_its_own_user_only(group: Group) -> None:
    with acting(group.sales_a):
        secret = create_token(member=group.sales_a, name="测试", days=1, at=AT)
        [token] = tokens_of(group.sales_a)
    with acting(group.sales_b), pytest.raises(Missing):
        revoke_token(member=group.sales_b, token_id=token.pk, at=AT)
    with acting(group.sales_a):
        revoke_token(member=group.sales_a, token_id=token.pk, at=AT)
        assert not tokens_of(group.sales_a)
        with pytest.raises(NotAllowed):
            member_of_token(secret, at=AT)


@pytest.mark.parametrize("days", [0, -1, 367])
def test_a_token_lives_a_year_at_most(group: Group, days: int) -> None:
    with acting(group.sales_a), pytest.raises(Refused, match="1至366天"):
        create_token(member=group.sales_a, name="测试", days=days, at=AT)


def test_a_member_of_two_companies_chooses(group: Group, client: Client) -> None:
    both = join(group.company_a, "service", "liang.jia", group.system_admin, group.security_admin)
    with acting(group.system_admin):
        other = add_member(company=group.company_b, user=both.user, actor=group.system_admin, at=AT)
    with acting(group.security_admin):
        grant_role(member=other, code="sales", actor=group.security_admin, at=AT)
    sign_in(client, "liang.jia")
    assert group.company_a.name in client.get("/companies/").content.decode()
    client.post("/switch-member/", {"member": str(other.pk)})
    page = client.get("/companies/").content.decode()
    assert "共 1 家" in page and f">{group.company_b.name}</a>" in page
    client.post("/switch-member/", {"member": str(group.sales_a.pk)})
    assert f">{group.company_b.name}</a>" in client.get("/companies/").content.decode()
