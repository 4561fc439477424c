"""Signing in by a real OpenID provider on loopback: the first time, with groups, and what is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from guiju.accounts.models import SignIn
from guiju.accounts.tests.factories import give_factor
from guiju.directory.models import GroupRole, Identity
from guiju.directory.services import groups
from guiju.organisations.models import Member, MemberRole, User
from guiju.organisations.selectors import acting
from guiju.organisations.services.people import PersonDetails, add_member, make_invited_user
from guiju.organisations.tests.factories import AT, PASSWORD, Group, join, sign_in
from tests.provider import IS_HERE, browse, configure, provider

pytestmark = pytest.mark.skipif(not IS_HERE, reason="there is no OpenID provider (needs Node: make test fetches it)")

BACK = "http://127.0.0.1:8000/sign-in/provider/back/"


def account(login: str, username: str, *inside: str) -> dict[str, object]:
    return {"password": f"{login}-pass", "preferred_username": username, "groups": list(inside)}


USERS = {
    "wang": account("wang", "xin.a", "crm-sales", "east"),
    "li": account("li", "xiaoshou.a", "crm-marketing"),
    "admin": account("admin", "anquan"),
    "nobody": account("nobody", "meiyou"),
}


@pytest.fixture(scope="module", params=[False, True], ids=["claims in the token", "claims at userinfo"])
def issuer(request: pytest.FixtureRequest) -> Iterator[str]:
    folder = settings.GUIJU_FOLDER.path
    with provider(USERS, BACK, is_lean=request.param) as one:
        configure(folder, one)
        yield one
    (Path(folder) / "directory.toml").unlink(missing_ok=True)


@pytest.fixture
def new_one(group: Group) -> Member:
    """Somebody who was invited and has no password yet."""
    with acting(group.system_admin):
        user = make_invited_user(details=PersonDetails("xin.a", "新人甲"), at=AT)
        return add_member(company=group.company_a, user=user, actor=group.system_admin, at=AT)


def through(client: Client, login: str, *, password: str = "", do: str = "login", where: str = "") -> str:
    """From our link through the provider and back; where it ends."""
    off = client.get("/sign-in/provider/", {"next": where} if where else {})
    assert off.status_code == 302, off.content
    answer = browse(off["Location"], login, password or str(USERS[login]["password"]), do=do)
    return str(client.get("/sign-in/provider/back/", answer)["Location"])


def told(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def roles(username: str, group: Group) -> set[str]:
    with acting(group.system_admin):
        held = MemberRole.objects.filter(member__user__username=username, ended_at=None)
        return set(held.values_list("role_id", flat=True))


def test_an_invited_person_comes_in_and_goes_where_they_wanted(
    issuer: str, group: Group, new_one: Member, client: Client
) -> None:
    assert "用企业账号登录" in told(client, "/sign-in/")
    before = client.session.session_key
    assert through(client, "wang", where="/companies/") == "/companies/"
    assert client.get("/account/").status_code == 200
    assert client.session.session_key != before
    assert Identity.objects.get(user=new_one.user).issuer == issuer
    assert SignIn.objects.filter(user=new_one.user, way="provider", outcome="done").exists()
    client.post("/sign-out/")
    assert through(client, "wang") == "/"


def test_groups_become_roles_and_go_again(issuer: str, group: Group, new_one: Member, client: Client) -> None:
    security = group.security_admin
    with acting(security):
        for name, role in (("crm-sales", "sales"), ("elsewhere", "legal")):
            groups.map_group(company=group.headquarters, group=name, code=role, actor=security, at=timezone.now())
    through(client, "wang")
    assert roles("xin.a", group) == {"sales"}
    with acting(security):
        groups.unmap_group(mapping_id=GroupRole.objects.get(group="crm-sales").pk, actor=security, at=timezone.now())
    client.post("/sign-out/")
    through(client, "wang")
    assert roles("xin.a", group) == set()


def test_another_place_to_go_to_is_not_ours(issuer: str, new_one: Member, client: Client) -> None:
    assert through(client, "wang", where="https://evil.example/") == "/"


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        ("nobody", "在这里还没有成员"),
        ("admin", "三个管理员用本机口令登录"),
        ("li", "请先用口令登录"),
    ],
)
def test_who_is_not_let_in_is_told_why(issuer: str, group: Group, client: Client, login: str, sentence: str) -> None:
    assert through(client, login) == "/sign-in/"
    assert sentence in told(client, "/sign-in/")
    assert not Identity.objects.exists()
    assert client.get("/account/").status_code == 302


def test_who_cancels_over_there_is_not_signed_in(issuer: str, new_one: Member, client: Client) -> None:
    assert through(client, "wang", do="cancel") == "/sign-in/"
    assert "没有让您登录" in told(client, "/sign-in/")


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(issuer: str, new_one: Member, client: Client) -> None:
    off = client.get("/sign-in/provider/")
    answer = browse(off["Location"], "wang", "wang-pass")
    stranger = Client()
    assert stranger.get("/sign-in/provider/back/", answer)["Location"] == "/sign-in/"
    assert client.get("/sign-in/provider/back/", answer)["Location"] == "/"
    client.post("/sign-out/")
    assert client.get("/sign-in/provider/back/", answer)["Location"] == "/sign-in/"
    assert "不是从这里开始的" in told(client, "/sign-in/")


def test_an_account_with_a_password_is_linked_by_its_owner(issuer: str, group: Group, client: Client) -> None:
    join(group.company_a, "contractor", "waibu.a", group.system_admin, group.security_admin)
    sign_in(client, "waibu.a")
    wrong = client.post("/account/provider/link/", {"password": "x"}, follow=True)
    assert "用户名或口令不对" in wrong.content.decode()
    page = client.post("/account/provider/link/", {"password": PASSWORD}).content.decode()
    address = page.split('btn-primary" href="')[1].split('"')[0].replace("&amp;", "&")
    answer = browse(address, "li", "li-pass")
    assert client.get("/sign-in/provider/back/", answer)["Location"] == "/account/"
    assert "已关联，可以用它登录" in told(client, "/account/")
    client.post("/sign-out/")
    assert through(client, "li") == "/"
    assert client.post("/account/provider/unlink/").status_code == 302
    assert "没有关联" in told(client, "/account/")
    client.post("/sign-out/")
    assert through(client, "li") == "/sign-in/"


def test_one_account_over_there_is_one_person_here(issuer: str, group: Group, new_one: Member, client: Client) -> None:
    through(client, "wang")
    other = sign_in(Client(), "xiaoshou.a")
    page = other.post("/account/provider/link/", {"password": PASSWORD}).content.decode()
    address = page.split('btn-primary" href="')[1].split('"')[0].replace("&amp;", "&")
    other.get("/sign-in/provider/back/", browse(address, "wang", "wang-pass"))
    assert "已关联另一个人的账号" in told(other, "/account/")


def test_who_would_be_locked_out_stays_linked(issuer: str, new_one: Member, client: Client) -> None:
    through(client, "wang")
    client.post("/account/provider/unlink/")
    assert "还没有本机口令" in told(client, "/account/")


def test_a_second_factor_is_asked_for_all_the_same(issuer: str, group: Group, new_one: Member, client: Client) -> None:
    through(client, "wang")
    client.post("/sign-out/")
    give_factor(new_one, at=timezone.now())
    assert through(client, "wang") == "/sign-in/code/"
    assert client.get("/account/").status_code == 302


def test_a_disabled_account_stays_out(issuer: str, new_one: Member, client: Client) -> None:
    through(client, "wang")
    client.post("/sign-out/")
    User.objects.filter(pk=new_one.user_id).update(is_active=False)
    assert through(client, "wang") == "/sign-in/"
    assert "已停用" in told(client, "/sign-in/")


def test_a_provider_that_is_gone_leaves_the_password(group: Group, client: Client) -> None:
    folder = settings.GUIJU_FOLDER.path
    configure(folder, "http://127.0.0.1:9")
    try:
        assert client.get("/sign-in/provider/")["Location"] == "/sign-in/"
        page = told(client, "/sign-in/")
        assert "连不上企业账号的服务器" in page and "口令" in page
    finally:
        (folder / "directory.toml").unlink()


def test_a_broken_configuration_closes_this_way_only(group: Group, client: Client) -> None:
    path = settings.GUIJU_FOLDER.path / "directory.toml"
    path.write_text("[oidc")
    path.chmod(0o600)
    try:
        assert "用企业账号登录" not in told(client, "/sign-in/")
    finally:
        path.unlink()
