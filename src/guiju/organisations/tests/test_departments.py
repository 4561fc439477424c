"""Departments: a tree without rings, heads, closing (部门)."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from guiju.evidence.selectors import history_of
from guiju.kernel.errors import GuijuError, NotAllowed, Refused
from guiju.organisations.models import Department, Entity, Member
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.departments import departments_of
from guiju.organisations.services.departments import (
    DEEPEST,
    DepartmentDetails,
    change_department,
    close_department,
    found_department,
)
from guiju.organisations.tests.factories import AT, Group, sign_in


def found(group: Group, name: str, parent: Department | None = None, head: Member | None = None) -> Department:
    details = DepartmentDetails(name, parent.pk if parent else None, head.pk if head else None)
    with acting(group.system_admin):
        return found_department(company=group.company_a, details=details, actor=group.system_admin, at=AT)


def change(group: Group, department: Department, **details: object) -> None:
    wanted = {"name": department.name, "parent_id": department.parent_id, "head_id": department.head_id} | details
    with acting(group.system_admin):
        change_department(
            department_id=department.pk, details=DepartmentDetails(**wanted), actor=group.system_admin, at=AT
        )


def tree(group: Group, company: Entity) -> list[tuple[str, int]]:
    with acting(group.system_admin):
        return [(line.department.name, line.depth) for line in departments_of(company)]


def test_departments_stand_below_each_other_by_name(group: Group) -> None:
    market = found(group, "市场中心", head=group.sales_a)
    found(group, "门店二", market)
    found(group, "门店一", market)
    found(group, "财务部")
    assert tree(group, group.company_a) == [("市场中心", 0), ("门店一", 1), ("门店二", 1), ("财务部", 0)]
    assert tree(group, group.company_b) == []
    with acting(group.sales_a):
        assert [version.action for version in history_of(market)] == ["organisations.found_department"]


def test_no_department_lies_within_itself(group: Group) -> None:
    top = found(group, "一")
    middle = found(group, "二", top)
    bottom = found(group, "三", middle)
    for parent in (top, middle, bottom):
        with pytest.raises(Refused, match="自己或自己的下级"):
            change(group, top, parent_id=parent.pk)
    change(group, bottom, parent_id=top.pk)


@pytest.mark.parametrize(
    ("name", "words"), [("", "要填写"), (" ", "要填写"), ("长" * 101, "最多100个字"), ("财务部", "已经有叫")]
)
def test_a_name_that_will_not_do_is_told(group: Group, name: str, words: str) -> None:
    found(group, "财务部")
    with pytest.raises(Refused, match=words):
        found(group, name)


def test_parents_and_heads_are_of_the_same_company(group: Group) -> None:
    with acting(group.system_admin):
        other = found_department(
            company=group.company_b, details=DepartmentDetails("乙部"), actor=group.system_admin, at=AT
        )
    with pytest.raises(GuijuError) as refusal:
        found(group, "甲部", other, group.sales_b)
    assert {problem.field for problem in refusal.value.problems} == {"parent", "head"}


def test_there_is_an_end_to_depth(group: Group) -> None:
    now = None
    for number in range(DEEPEST):
        now = found(group, f"第{number}层", now)
    with pytest.raises(Refused, match="最多10层"):
        found(group, "再下一层", found(group, "第10层", now))


def test_only_an_empty_one_is_closed_and_its_name_is_free_then(group: Group) -> None:
    market = found(group, "市场中心")
    shop = found(group, "门店", market)
    with acting(group.system_admin):
        Member.objects.filter(pk=group.sales_a.pk).update(department=shop)

        def close(department: Department) -> None:
            close_department(department_id=department.pk, actor=group.system_admin, at=AT)

        with pytest.raises(Refused, match="还有1个下级部门"):
            close(market)
        with pytest.raises(Refused, match="还有1人"):
            close(shop)
        Member.objects.filter(pk=group.sales_a.pk).update(department=None)
        close(shop)
    found(group, "门店", market)


def test_only_the_system_administrator_changes_the_structure(group: Group) -> None:
    with acting(group.compliance), pytest.raises(NotAllowed, match="系统管理员"):
        found_department(company=group.company_a, details=DepartmentDetails("x"), actor=group.compliance, at=AT)


def test_the_pages_found_change_and_close(group: Group, client: Client) -> None:
    sign_in(client, "xitong")
    company = group.company_a.pk
    page = client.post(
        reverse("found_department", args=[company]), {"name": "销售部", "head": str(group.sales_a.pk)}, follow=True
    )
    assert "已设立“销售部”" in page.content.decode() and "负责人 xiaoshou.a" in page.content.decode()
    with acting(group.system_admin):
        department = Department.objects.get()
    twice = client.post(reverse("found_department", args=[company]), {"name": "销售部"})
    assert twice.status_code == 422 and "已经有叫" in twice.content.decode()
    changed = client.post(reverse("change_department", args=[department.pk]), {"name": "市场部"}, follow=True)
    assert "市场部" in changed.content.decode()
    gone = client.post(reverse("close_department", args=[department.pk]), follow=True).content.decode()
    assert "已撤销“市场部”" in gone and "还没有部门" in gone
