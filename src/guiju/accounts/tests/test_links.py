"""Invitation, activation, reset: nobody alone becomes somebody else (激活、重置、核验)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from guiju.accounts.models import Factor
from guiju.accounts.origin import Origin
from guiju.accounts.services.links import (
    VALID,
    Activation,
    activate_account,
    confirm_account_link,
    invite_person,
    reinvite_people,
    reset_account,
)
from guiju.accounts.tests.factories import give_factor
from guiju.kernel.errors import NotAllowed, Refused
from guiju.organisations.models import Member, User
from guiju.organisations.selectors import acting
from guiju.organisations.services.people import PersonDetails
from guiju.organisations.services.tokens import create_token, member_of_token
from guiju.organisations.tests.factories import AT, PASSWORD, Group, join, make_plain, sign_in

NEW = "another-long-secret"
SOMEONE = PersonDetails("xin.ren", "新人", "xin.ren@example.com", "13800001234")


@pytest.fixture(autouse=True)
def plain_sales(group: Group) -> None:
    """Nobody here is asked for a second factor, unless the test says so."""
    make_plain("sales")


def invited(group: Group) -> tuple[Member, str]:
    with acting(group.system_admin):
        made = invite_person(details=SOMEONE, company=group.company_a, actor=group.system_admin, at=AT)
    return made.member, made.secret


def code_for(group: Group, member: Member, *, at=AT) -> str:
    with acting(group.security_admin):
        return confirm_account_link(member=member, actor=group.security_admin, at=at)


def activate(username: str, secret: str, code: str, password: str = NEW, *, at=AT) -> User | list:
    wanted = Activation(username, secret, code, password)
    return activate_account(wanted=wanted, origin=Origin("192.0.2.1"), at=at)


def sentence(result: User | list) -> str:
    assert isinstance(result, list)
    return result[0].sentence


def audit_admin(group: Group) -> Member:
    with acting(group.system_admin):
        return Member.objects.select_related("user", "entity").get(user__username="shenji")


def test_who_is_invited_sets_the_password_and_signs_in(group: Group, client: Client) -> None:
    member, secret = invited(group)
    assert not member.user.has_usable_password()
    code = code_for(group, member)
    typed = {"username": "xin.ren", "secret": secret.lower(), "code": code, "new": NEW, "again": NEW}
    page = client.post("/sign-in/activate/", typed, follow=True)
    assert "口令已设置，请登录" in page.content.decode()
    assert client.post("/sign-in/", {"username": "xin.ren", "password": NEW}).status_code == 302
    # Without a role there is nothing to see.
    assert client.get("/companies/").status_code == 200 and "共 1 家" not in client.get("/companies/").content.decode()


def test_a_link_works_once_and_for_a_week(group: Group) -> None:
    member, secret = invited(group)
    code = code_for(group, member)
    assert "过期" in sentence(activate("xin.ren", secret, code, at=AT + VALID + timedelta(seconds=1)))
    assert isinstance(activate("xin.ren", secret, code), User)
    assert "已经用过" in sentence(activate("xin.ren", secret, code, password="yet-another-secret"))


def test_a_code_for_somebody_else_is_worth_nothing(group: Group) -> None:
    member, secret = invited(group)
    assert "不对" in sentence(activate("xiaoshou.b", secret, code_for(group, member)))
    assert User.objects.get(username="xiaoshou.b").check_password(PASSWORD)


@pytest.mark.parametrize(("password", "words"), [("short", "至少12位"), ("xin.ren-2026-x", "不能含有用户名")])
def test_a_weak_password_is_told_and_the_link_stays_good(group: Group, password: str, words: str) -> None:
    member, secret = invited(group)
    code = code_for(group, member)
    assert words in sentence(activate("xin.ren", secret, code, password=password))
    assert isinstance(activate("xin.ren", secret, code), User)


def test_the_system_administrator_alone_gets_into_no_account_that_has_rights(group: Group) -> None:
    with acting(group.system_admin):
        secret = reset_account(member=group.sales_a, drops_factor=False, actor=group.system_admin, at=AT)
        with pytest.raises(NotAllowed, match="核验"):
            confirm_account_link(member=group.sales_a, actor=group.system_admin, at=AT)
    assert "还要一个核验码" in sentence(activate("xiaoshou.a", secret, ""))
    assert "核验码" in sentence(activate("xiaoshou.a", secret, "00000000"))
    with acting(group.security_admin):
        code = confirm_account_link(member=group.sales_a, actor=group.security_admin, at=AT)
    assert isinstance(activate("xiaoshou.a", secret, code), User)


def test_an_invitation_alone_is_worth_nothing_even_before_rights_are_granted(group: Group) -> None:
    """Else who sends it could set the password, and wait for the rights that somebody else grants."""
    _, secret = invited(group)
    assert "还要一个核验码" in sentence(activate("xin.ren", secret, ""))
    assert "还要一个核验码" in sentence(activate("xin.ren", secret, "12345678"))


def test_two_of_the_same_role_are_not_two(group: Group) -> None:
    other = join(group.headquarters, "security_admin", "anquan.2", group.system_admin, group.security_admin)
    with acting(group.security_admin):
        reset_account(member=group.sales_a, drops_factor=False, actor=group.security_admin, at=AT)
    with acting(other), pytest.raises(Refused, match="两种管理员"):
        confirm_account_link(member=group.sales_a, actor=other, at=AT)


def test_each_administrator_is_reset_by_the_two_others(group: Group) -> None:
    audit = audit_admin(group)
    give_factor(group.system_admin, at=AT)
    with acting(group.system_admin), pytest.raises(Refused, match="自己的账号"):
        reset_account(member=group.system_admin, drops_factor=True, actor=group.system_admin, at=AT)
    with acting(group.security_admin):
        secret = reset_account(member=group.system_admin, drops_factor=True, actor=group.security_admin, at=AT)
    with acting(audit):
        code = confirm_account_link(member=group.system_admin, actor=audit, at=AT)
    assert isinstance(activate("xitong", secret, code), User)
    assert not Factor.objects.filter(user=group.system_admin.user).exists()


def test_five_wrong_codes_void_the_link(group: Group) -> None:
    with acting(group.system_admin):
        secret = reset_account(member=group.sales_a, drops_factor=False, actor=group.system_admin, at=AT)
    with acting(group.security_admin):
        code = confirm_account_link(member=group.sales_a, actor=group.security_admin, at=AT)
    said = [sentence(activate("xiaoshou.a", secret, f"0000000{number}")) for number in range(5)]
    assert "还可以试4次" in said[0] and "已作废" in said[4]
    later = AT + timedelta(hours=1)
    assert "不对" in sentence(activate("xiaoshou.a", secret, code, at=later))


def test_a_reset_ends_sessions_and_tokens_when_it_is_used_and_not_before(group: Group, client: Client) -> None:
    client.post("/sign-in/", {"username": "xiaoshou.a", "password": PASSWORD})
    with acting(group.sales_a):
        token = create_token(member=group.sales_a, name="x", days=1, at=AT)
    with acting(group.system_admin):
        secret = reset_account(member=group.sales_a, drops_factor=False, actor=group.system_admin, at=AT)
    with acting(group.security_admin):
        code = confirm_account_link(member=group.sales_a, actor=group.security_admin, at=AT)
    assert client.get("/companies/").status_code == 200
    activate("xiaoshou.a", secret, code)
    assert client.get("/companies/").status_code == 302
    with pytest.raises(NotAllowed):
        member_of_token(token, at=AT)


def test_only_the_newest_link_counts(group: Group) -> None:
    member, first = invited(group)
    with acting(group.system_admin):
        second = reset_account(member=member, drops_factor=False, actor=group.system_admin, at=AT + timedelta(hours=1))
    later = AT + timedelta(hours=2)
    code = code_for(group, member, at=later)
    assert "不对" in sentence(activate("xin.ren", first, code, at=later))
    assert isinstance(activate("xin.ren", second, code, at=later), User)


def test_everything_wrong_with_an_invitation_is_told_at_once(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    wrong = {
        "company": group.company_a.unified_code,
        "username": "张三",
        "name": "张三",
        "email": "a@b",
        "phone": "138",
    }
    page = client.post("/people/invite/", wrong)
    assert page.status_code == 422
    told = page.content.decode()
    for words in ("只能用小写字母", "不是电子邮箱", "手机号码应为11位", 'value="a@b"'):
        assert words in told
    assert "请填写姓名" in client.post("/people/invite/", wrong | {"name": " "}).content.decode()


def test_the_page_shows_the_link_once_and_keeps_its_code_out_of_addresses(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    new = {"company": group.company_a.unified_code, "username": "xin.ren", "name": "新人", "email": "", "phone": ""}
    page = client.post("/people/invite/", new)
    address = page.context["address"]
    path, _, secret = address.partition("#xin.ren/")
    assert path.endswith("/sign-in/activate/")
    with acting(group.security_admin):
        member = Member.objects.select_related("user").get(user__username="xin.ren")
    code = code_for(group, member, at=timezone.now())
    assert isinstance(activate("xin.ren", secret, code, at=timezone.now()), User)


def test_who_came_in_by_a_list_gets_a_link_on_a_page_of_many(group: Group, client: Client) -> None:
    member, old = invited(group)
    code_for(group, member)
    sign_in(client, "xitong")
    page = client.get("/people/waiting/").content.decode()
    assert "1 人还没有设过口令" in page and "xin.ren" in page
    assert "没有选中任何人" in client.post("/people/waiting/").content.decode()
    page = client.post("/people/waiting/", {"person": [str(member.pk)]}).content.decode()
    secret = page.split('user-select-all">')[1].split("<")[0]
    assert f"/sign-in/activate/#xin.ren/{secret}" in page
    now = timezone.now()
    code = code_for(group, member, at=now)
    assert "已经用过" in sentence(activate("xin.ren", old, code, at=now))
    assert isinstance(activate("xin.ren", secret, code, at=now), User)
    assert "0 人还没有设过口令" in client.get("/people/waiting/").content.decode()


def test_a_new_invitation_is_for_who_never_had_a_password(group: Group) -> None:
    with acting(group.system_admin), pytest.raises(Refused, match="已设过口令"):
        reinvite_people(members=[group.sales_a], actor=group.system_admin, at=AT)
    member, _ = invited(group)
    with acting(group.security_admin), pytest.raises(NotAllowed):
        reinvite_people(members=[member], actor=group.security_admin, at=AT)


def test_who_never_had_a_password_is_invited_again_and_not_reset(group: Group, client: Client) -> None:
    member, _ = invited(group)
    sign_in(client, "xitong")
    page = client.get(f"/people/{member.pk}/").content.decode()
    assert "重新邀请" in page and "重置口令" not in page
