"""Whose account of the identity provider it is, and what the groups of the directory bring."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from guiju.accounts.models import Factor, SignIn
from guiju.accounts.origin import Origin
from guiju.accounts.services.links import Activation, activate_account, confirm_account_link, reset_account
from guiju.accounts.services.signing_in import Signed, check_password
from guiju.accounts.tests.factories import give_factor
from guiju.directory.models import GroupRole, Identity
from guiju.directory.oidc import Claims
from guiju.directory.selectors import groups_for
from guiju.directory.services.federation import link_identity, sign_in_by_provider, unlink_identity
from guiju.directory.services.groups import map_group, settle_groups, unmap_group
from guiju.evidence.models import Entry
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member, MemberRole, Token
from guiju.organisations.selectors import acting
from guiju.organisations.services.people import PersonDetails, add_member, make_invited_user
from guiju.organisations.services.roles import grant_role, withdraw_role
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, PASSWORD, Group, sign_in

LATER = AT + timedelta(hours=1)
HERE = Origin("127.0.0.1", "test")


def claims(subject: str = "s1", username: str = "xin.a", groups: tuple[str, ...] | None = None) -> Claims:
    return Claims("https://idp.example.cn", subject, username, groups)


def come(subject: str = "s1", username: str = "xin.a", groups: tuple[str, ...] | None = None) -> Signed:
    return sign_in_by_provider(claims=claims(subject, username, groups), origin=HERE, at=LATER)


@pytest.fixture
def new_one(group: Group) -> Member:
    with acting(group.system_admin):
        user = make_invited_user(details=PersonDetails("xin.a", "新人甲"), at=AT)
        return add_member(company=group.company_a, user=user, actor=group.system_admin, at=AT)


def mapped(group: Group, name: str, role: str, *, company: str = "headquarters") -> GroupRole:
    security = group.security_admin
    with acting(security):
        return map_group(company=getattr(group, company), group=name, code=role, actor=security, at=LATER)


def roles(member: Member, group: Group) -> set[str]:
    with acting(group.system_admin):
        return set(MemberRole.objects.filter(member=member, ended_at=None).values_list("role_id", flat=True))


def test_the_first_time_takes_the_invited_account_and_later_the_subject_counts(new_one: Member) -> None:
    assert come().user == new_one.user
    assert come(username="renamed.there").user == new_one.user
    assert come(subject="s2").outcome == SignIn.Outcome.WRONG
    assert Identity.objects.count() == 1


def test_the_link_has_an_entry_in_the_name_of_the_person(group: Group, new_one: Member) -> None:
    come()
    with acting(new_one):
        assert Entry.objects.filter(action="directory.link_identity", actor_id=new_one.pk).count() == 1


def test_an_account_is_linked_and_unlinked_by_its_owner_only(group: Group, new_one: Member) -> None:
    with acting(group.sales_a):
        link_identity(claims=claims("s9"), actor=group.sales_a, at=LATER)
        with pytest.raises(Refused, match="已经关联"):
            link_identity(claims=claims("s9"), actor=group.sales_a, at=LATER)
        with pytest.raises(Refused, match="另一个企业账号"):
            link_identity(claims=claims("s8"), actor=group.sales_a, at=LATER)
    assert come(subject="s9", username="xin.a").user == group.sales_a.user
    with acting(group.sales_b), pytest.raises(Refused, match="另一个人的账号"):
        link_identity(claims=claims("s9"), actor=group.sales_b, at=LATER)
    with acting(group.sales_a):
        unlink_identity(actor=group.sales_a, at=LATER)
        with pytest.raises(Missing):
            unlink_identity(actor=group.sales_a, at=LATER)
    assert come(subject="s9", username="xiaoshou.a").user is None


def test_an_administrator_neither_links_nor_comes_in_this_way(group: Group) -> None:
    admin = group.security_admin
    with acting(admin), pytest.raises(Refused, match="本机口令"):
        link_identity(claims=claims("s1"), actor=admin, at=LATER)
    assert "本机口令" in come(username="anquan").sentence


def test_a_mapping_holds_below_its_company_and_nowhere_else(group: Group, new_one: Member) -> None:
    mapped(group, "b-only", "marketing", company="company_b")
    mapped(group, "all", "sales")
    come(groups=("b-only", "all"))
    assert roles(new_one, group) == {"sales"}


def test_who_says_nothing_of_groups_changes_no_role(group: Group, new_one: Member) -> None:
    mapped(group, "all", "sales")
    come(groups=("all",))
    come(groups=None)
    assert roles(new_one, group) == {"sales"}
    come(groups=())
    assert roles(new_one, group) == set()


def test_what_a_person_took_away_does_not_come_back_by_the_same_mapping(group: Group, new_one: Member) -> None:
    mapping = mapped(group, "all", "sales")
    come(groups=("all",))
    security = group.security_admin
    with acting(security):
        withdraw_role(member=new_one, code="sales", actor=security, at=LATER)
    come(groups=("all",))
    assert roles(new_one, group) == set()
    with acting(security):
        unmap_group(mapping_id=mapping.pk, actor=security, at=LATER)
        with pytest.raises(Missing):
            unmap_group(mapping_id=mapping.pk, actor=security, at=LATER)
    mapped(group, "all", "sales")
    come(groups=("all",))
    assert roles(new_one, group) == {"sales"}


def test_the_end_of_a_mapping_takes_its_roles_at_once_and_no_others(group: Group, new_one: Member) -> None:
    mapping = mapped(group, "all", "sales")
    come(groups=("all",))
    with acting(group.security_admin):
        unmap_group(mapping_id=mapping.pk, actor=group.security_admin, at=LATER)
    assert roles(new_one, group) == set()
    assert roles(group.sales_a, group) == {"sales"}


def test_a_group_of_the_directory_is_not_one_of_the_provider(group: Group, new_one: Member) -> None:
    mapped(group, "CN=all, ou=groups,dc=example", "marketing")
    come(groups=("all", "cn=all,ou=groups,dc=example"))
    assert roles(new_one, group) == set()
    with acting(group.system_admin):
        settle_groups(member=new_one, groups=["cn=all,ou=groups,dc=example"], by_directory=True, at=LATER)
    come(groups=())
    assert roles(new_one, group) == {"marketing"}


def test_who_becomes_an_administrator_begins_anew(group: Group, new_one: Member) -> None:
    come()
    give_factor(new_one, at=LATER)
    with acting(group.security_admin), pytest.raises(Refused, match="还没有本机口令"):
        grant_role(member=new_one, code="audit_admin", actor=group.security_admin, at=LATER)
    new_one.user.set_password("another-long-secret")
    new_one.user.save()
    with acting(new_one):
        create_token(member=new_one, name="x", days=9, at=LATER)
    with acting(group.security_admin):
        grant_role(member=new_one, code="audit_admin", actor=group.security_admin, at=LATER)
    assert not Identity.objects.filter(ended_at=None).exists()
    assert not Factor.objects.filter(user=new_one.user).exists()
    with acting(new_one):
        assert not Token.objects.filter(user=new_one.user, revoked_at=None).exists()


def test_a_reset_ends_the_link_with_the_provider(group: Group, new_one: Member) -> None:
    come()
    with acting(group.system_admin):
        secret = reset_account(member=new_one, drops_factor=False, actor=group.system_admin, at=LATER)
    with acting(group.security_admin):
        code = confirm_account_link(member=new_one, actor=group.security_admin, at=LATER)
    activate_account(wanted=Activation("xin.a", secret, code, "another-long-secret"), origin=HERE, at=LATER)
    assert not Identity.objects.filter(ended_at=None).exists()


def test_what_the_provider_refuses_locks_no_password(group: Group) -> None:
    for _ in range(9):
        assert come(subject="s7", username="hegui").user is None
    signed = check_password(username="hegui", password=PASSWORD, origin=HERE, at=LATER)
    assert signed.user == group.compliance.user


@pytest.mark.parametrize("name", ["xin.a\u017f", "ſin.a", "xin.a" + "x" * 60, "xin.а", ""])
def test_a_name_that_only_looks_like_another_is_not_that_one(new_one: Member, name: str) -> None:
    assert come(username=name).user is None


def test_grants_by_group_tell_who_set_the_mapping(group: Group, new_one: Member) -> None:
    mapped(group, "all", "sales")
    with acting(group.system_admin):
        assert settle_groups(member=new_one, groups=["all"], by_directory=False, at=LATER) == ("授予角色 销售",)
        assert settle_groups(member=new_one, groups=["all"], by_directory=False, at=LATER) == ()
    with acting(new_one):
        entry = Entry.objects.get(action="directory.grant_by_group")
    assert entry.actor_id is None


@pytest.mark.parametrize(
    ("name", "role", "sentence"),
    [("", "sales", "组的名称要填写"), ("x" * 201, "sales", "最多200"), ("all", "nonsense", "没有这个角色")],
)
def test_a_mapping_that_says_nothing_is_refused(group: Group, name: str, role: str, sentence: str) -> None:
    with pytest.raises(Refused, match=sentence):
        mapped(group, name, role)


def test_a_mapping_is_set_once_and_by_the_security_administrator_only(group: Group) -> None:
    mapped(group, "all", "sales")
    with pytest.raises(Refused, match="已经对应"):
        mapped(group, "all", "sales")
    for member in (group.system_admin, group.compliance):
        with acting(member), pytest.raises(NotAllowed):
            map_group(company=group.headquarters, group="x", code="sales", actor=member, at=LATER)
        with acting(member), pytest.raises(NotAllowed):
            groups_for(member)


def test_the_pages_set_and_end_a_mapping(group: Group, client: Client) -> None:
    sign_in(client, "anquan")
    form = {"group": " crm-sales ", "role": "sales", "company": group.headquarters.name}
    page = client.post("/access/groups/map/", form, follow=True).content.decode()
    assert "crm-sales" in page and "甲乙集团有限公司及下级" in page
    with acting(group.security_admin):
        mapping = GroupRole.objects.get()
    page = client.post(f"/access/groups/{mapping.pk}/end/", follow=True).content.decode()
    assert "已取消“crm-sales”" in page and "还没有设定" in page
    again = client.post("/access/groups/map/", {**form, "role": "", "company": "没有"})
    assert again.status_code == 422
    assert "请选择角色" in again.content.decode()
