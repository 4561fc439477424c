"""Roles: ready-made ones, own ones, who gives them to whom, and the three administrators (角色与授权, 三员)."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from guiju.database.provision import Database
from guiju.database.scope import scope, scope_with
from guiju.evidence.selectors import history_of
from guiju.kernel.errors import Missing, NotAllowed, Refused
from guiju.organisations.models import Member, Reach, Role
from guiju.organisations.permissions import Rights, Sight, allows, joined, rights_of, treatment_of
from guiju.organisations.registry import RESERVED, RIGHTS, THREE_ADMINISTRATORS, Treatment
from guiju.organisations.selectors import acting
from guiju.organisations.services import roles as role_services
from guiju.organisations.services.people import add_member, make_user
from guiju.organisations.services.roles import (
    RoleDetails,
    change_role,
    create_role,
    grant_role,
    install_roles,
    ready_made_roles,
    retire_role,
    withdraw_role,
)
from guiju.organisations.tests.factories import AT, PASSWORD, Group, make_group

DETAILS = RoleDetails("门店店长", "看本店的审查记录", {"company.read": "company", "check.read": "department"}, {})


@pytest.fixture
def newcomer(group: Group) -> Member:
    """A member of company A without any role."""
    with acting(group.system_admin):
        user = make_user(username="xin.ren", name="新人", password=PASSWORD, at=AT)
        return add_member(company=group.company_a, user=user, actor=group.system_admin, at=AT)


def set_up_role(group: Group, **changes: object) -> Role:
    values = {**vars(DETAILS), **changes}
    with acting(group.security_admin):
        return create_role(details=RoleDetails(**values), actor=group.security_admin, at=AT)  # type: ignore[arg-type]


def fresh(member: Member) -> Member:
    """The same member, whose rights are read anew."""
    with scope(entities={member.entity_id}):
        return Member.objects.select_related("user", "entity").get(pk=member.pk)


def test_a_ready_made_role_names_rights_that_exist_and_reserved_ones_only_for_their_holder() -> None:
    for role in ready_made_roles():
        assert role.rights.keys() <= RIGHTS.keys(), role.code
        assert set(role.rights.values()) <= set(Reach.values)
        assert all(role.code in RESERVED[right] for right in role.rights if right in RESERVED)


def test_no_ready_made_administrator_sees_business_records() -> None:
    from guiju.organisations.registry import Kind, resource_of

    for role in ready_made_roles():
        if role.code in THREE_ADMINISTRATORS:
            assert all(resource_of(right).kind is Kind.STRUCTURE for right in role.rights), role.code


def test_somebody_without_a_role_may_do_nothing(newcomer: Member) -> None:
    with acting(newcomer):
        assert not rights_of(newcomer).reaches
        assert not any(allows(newcomer, right, on=newcomer.entity_id) for right in RIGHTS)


def test_a_role_of_ones_own_is_granted_works_and_is_withdrawn(group: Group, newcomer: Member) -> None:
    role = set_up_role(group)
    with acting(group.security_admin):
        grant_role(member=newcomer, code=role.code, actor=group.security_admin, at=AT)
        assert allows(fresh(newcomer), "company.read", on=group.company_a.pk)
        withdraw_role(member=newcomer, code=role.code, actor=group.security_admin, at=AT)
        assert not rights_of(fresh(newcomer)).reaches
        with pytest.raises(Missing, match="没有这个角色"):
            withdraw_role(member=newcomer, code=role.code, actor=group.security_admin, at=AT)
    with scope(entities={group.company_a.pk}):
        held = newcomer.held.get()
        assert {version.action for version in history_of(held)} == {
            "organisations.grant_role",
            "organisations.withdraw_role",
        }


def test_several_roles_join_to_the_widest_reach_and_the_clearest_field() -> None:
    narrow = Role(rights={"company.read": "own", "check.read": "group"}, treatments={"member.phone": "hidden"})
    wide = Role(rights={"company.read": "subtree"}, treatments={"member.phone": "clear", "member.email": "masked"})
    for roles in ([narrow, wide], [wide, narrow]):
        rights = joined(roles)
        assert rights.reaches == {"company.read": "subtree", "check.read": "group"}
        assert rights.treatments == {"member.phone": "clear", "member.email": "masked"}


@settings(max_examples=settings().max_examples)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(sorted(RIGHTS)), st.sampled_from(Reach.values), max_size=6),
        max_size=5,
    )
)
def test_joining_never_loses_and_never_invents_a_right(tables: list[dict[str, str]]) -> None:
    order = list(Reach.values)
    rights = joined(Role(rights=table) for table in tables).reaches
    assert set(rights) == {right for table in tables for right in table}
    for right, reach in rights.items():
        assert order.index(reach) == max(order.index(table[right]) for table in tables if right in table)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "角色名称要填写"),
        ({"name": "名" * 61}, "最多60个字"),
        ({"name": "销售"}, "已经有叫“销售”的角色"),
        ({"note": "明" * 201}, "说明最多200个字"),
        ({"rights": {"company.fly": "own"}}, "没有“company.fly”这项权限"),
        ({"rights": {"company.read": "world"}}, "查看公司的范围可填：本人经手"),
        ({"rights": {"role.grant": "group"}}, "只归安全管理员"),
        ({"rights": {"member.add": "company"}}, "只归系统管理员"),
        ({"treatments": {"member.shoe": "clear"}}, "没有“member.shoe”这个字段"),
        ({"treatments": {"member.phone": "loud"}}, "字段可以：明文、脱敏、不显示"),
    ],
)
def test_a_role_that_will_not_do_is_told(group: Group, change: dict[str, object], words: str) -> None:
    with pytest.raises(Refused, match=words):
        set_up_role(group, **change)


@pytest.mark.parametrize("who", ["system_admin", "compliance", "sales_a"])
def test_only_the_security_administrator_sets_up_and_grants(group: Group, newcomer: Member, who: str) -> None:
    actor = getattr(group, who)
    with acting(actor), pytest.raises(NotAllowed, match="安全管理员"):
        create_role(details=DETAILS, actor=actor, at=AT)
    with acting(group.security_admin), scope_with(group.company_a.pk), pytest.raises(NotAllowed, match="安全管理员"):
        grant_role(member=newcomer, code="sales", actor=actor, at=AT)


def test_nobody_grants_to_or_takes_from_themselves(group: Group) -> None:
    me = group.security_admin
    with acting(me):
        with pytest.raises(Refused, match="不能给自己授权"):
            grant_role(member=me, code="sales", actor=me, at=AT)
        with pytest.raises(Refused, match="不能给自己授权"):
            withdraw_role(member=me, code="security_admin", actor=me, at=AT)


def test_a_role_that_does_not_exist_or_is_held_already_is_named(group: Group, newcomer: Member) -> None:
    with acting(group.security_admin):
        with pytest.raises(Missing, match="没有这个角色：slaes"):
            grant_role(member=newcomer, code="slaes", actor=group.security_admin, at=AT)
        grant_role(member=newcomer, code="sales", actor=group.security_admin, at=AT)
        with pytest.raises(Refused, match="已经有“销售”"):
            grant_role(member=newcomer, code="sales", actor=group.security_admin, at=AT)


@pytest.mark.parametrize("first", sorted(THREE_ADMINISTRATORS))
@pytest.mark.parametrize("second", [*sorted(THREE_ADMINISTRATORS), "sales", "compliance"])
def test_an_administrator_is_nothing_else_even_in_another_company(
    group: Group, newcomer: Member, first: str, second: str
) -> None:
    if first == second:
        return
    with acting(group.system_admin):
        elsewhere = add_member(company=group.company_b, user=newcomer.user, actor=group.system_admin, at=AT)
    with acting(group.security_admin):
        for one, other in ((first, second), (second, first)):
            with scope_with(group.company_a.pk):
                grant_role(member=newcomer, code=one, actor=group.security_admin, at=AT)
            with pytest.raises(Refused, match=r"不能由一人兼任|不能兼任别的角色"):
                grant_role(member=elsewhere, code=other, actor=group.security_admin, at=AT)
            withdraw_role(member=newcomer, code=one, actor=group.security_admin, at=AT)


def test_the_last_of_each_administrator_stays(group: Group, newcomer: Member) -> None:
    with acting(group.security_admin):
        with pytest.raises(Refused, match="最后一个系统管理员"):
            withdraw_role(member=group.system_admin, code="system_admin", actor=group.security_admin, at=AT)
        grant_role(member=newcomer, code="system_admin", actor=group.security_admin, at=AT)
        withdraw_role(member=group.system_admin, code="system_admin", actor=group.security_admin, at=AT)
        with pytest.raises(Refused, match="最后一个系统管理员"):
            withdraw_role(member=newcomer, code="system_admin", actor=group.security_admin, at=AT)


def test_a_changed_role_changes_what_its_holders_may_do_with_a_reason_in_the_log(
    group: Group, newcomer: Member
) -> None:
    role = set_up_role(group)
    with acting(group.security_admin):
        grant_role(member=newcomer, code=role.code, actor=group.security_admin, at=AT)
        wider = RoleDetails("门店店长", "", {"company.read": "group"}, {})
        with pytest.raises(Refused, match="请写明修改的原因"):
            change_role(code=role.code, details=wider, reason=" ", actor=group.security_admin, at=AT)
        changed = change_role(code=role.code, details=wider, reason="岗位调整", actor=group.security_admin, at=AT)
        assert allows(fresh(newcomer), "company.read", on=group.company_b.pk)
        with scope_with(group.headquarters.pk):
            assert "岗位调整" in {version.reason for version in history_of(changed)}
        with pytest.raises(Refused, match="还有1人有"):
            retire_role(code=role.code, actor=group.security_admin, at=AT)
        with pytest.raises(Refused, match="随程序提供"):
            change_role(code="sales", details=wider, reason="试", actor=group.security_admin, at=AT)
        withdraw_role(member=newcomer, code=role.code, actor=group.security_admin, at=AT)
        assert retire_role(code=role.code, actor=group.security_admin, at=AT).retired_at == AT


def test_what_somebody_changed_meanwhile_is_not_overwritten(group: Group) -> None:
    role = set_up_role(group)
    with acting(group.security_admin), pytest.raises(Refused, match="刚刚被别人改过"):
        change_role(code=role.code, details=DETAILS, reason="试", actor=group.security_admin, at=AT, seen=7)


def test_ready_made_roles_follow_the_program_and_say_so_in_the_log_once(group: Group) -> None:
    sales = Role.objects.get(code="sales")
    sales.rights["company.export"] = "group"
    sales.save()
    root = group.headquarters.pk
    with scope(entities={root}):
        before = len(history_of(sales))
        install_roles(root=root, at=AT)
        install_roles(root=root, at=AT)
        sales.refresh_from_db()
        assert "company.export" not in sales.rights and len(history_of(sales)) == before + 1


def test_an_own_role_makes_room_for_a_ready_made_one_of_its_name(group: Group) -> None:
    own = Role.objects.create(code="role_0123456789ab", name="暂用名")
    sales = Role.objects.get(code="sales")
    sales.name = "旧名"
    sales.save()
    Role.objects.filter(pk=own.pk).update(name="销售")
    with scope(entities={group.headquarters.pk}):
        install_roles(root=group.headquarters.pk, at=AT)
    assert Role.objects.get(name="销售").code == "sales"
    assert Role.objects.get(pk=own.pk).name == "销售（0123456789ab）"


def test_a_field_of_another_companys_record_shows_only_what_the_relation_names(group: Group) -> None:
    other = group.company_b.pk
    member = fresh(group.sales_a)
    member.__dict__["_rights"] = Rights({}, {"member.phone": Treatment.CLEAR, "member.email": Treatment.CLEAR})
    sight = Sight(
        member.pk, member.entity_id, Reach.GROUP, frozenset({other}), fields={other: frozenset({"member.phone"})}
    )
    assert treatment_of(member, "member", "phone", sight, at=member.entity_id) is Treatment.CLEAR
    assert treatment_of(member, "member", "phone", sight, at=other) is Treatment.CLEAR
    assert treatment_of(member, "member", "email", sight, at=other) is Treatment.HIDDEN
    assert treatment_of(fresh(group.sales_b), "member", "phone") is Treatment.MASKED


def test_a_long_list_lets_nobody_wait_for_ever_for_a_role(
    own_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    group = make_group()
    with psycopg.connect(own_database.conninfo("app")) as other:
        other.execute("SELECT pg_advisory_xact_lock(hashtext('organisations.grant_role'))")
        monkeypatch.setattr(role_services, "WAIT_SECONDS", 1)
        with acting(group.security_admin), pytest.raises(Refused, match="正在执行人员名单"):
            grant_role(member=group.sales_a, code="service", actor=group.security_admin, at=AT)
    with acting(group.security_admin):
        assert grant_role(member=group.sales_a, code="service", actor=group.security_admin, at=AT)
