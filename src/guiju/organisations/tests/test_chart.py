"""The group as a tree on screen."""

from __future__ import annotations

import pytest
from django.test import Client

from guiju.database.scope import scope
from guiju.kernel.errors import Missing
from guiju.organisations.models import Department, Entity
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.chart import MOST_COMPANIES, chart_for
from guiju.organisations.tests.factories import AT, Group, new_code, sign_in


def departments(group: Group) -> None:
    with scope(entities={group.company_a.pk}, trees={group.company_a.pk}):
        sales = Department.objects.create(entity=group.company_a, name="销售部", head=group.sales_a)
        Department.objects.create(entity=group.company_a, name="华东组", parent=sales)


def test_companies_stand_below_companies_and_departments_within(group: Group, client: Client) -> None:
    departments(group)
    with acting(group.system_admin):
        chart = chart_for(group.system_admin)
    assert chart.top.company == group.headquarters
    assert {one.company.name for one in chart.top.below} == {"甲食品有限公司", "乙零售有限公司"}
    (company_a,) = (one for one in chart.top.below if one.company == group.company_a)
    (sales,) = company_a.departments
    assert (sales.department.name, [one.department.name for one in sales.below]) == ("销售部", ["华东组"])
    assert (chart.shown, chart.total, company_a.people) == (3, 3, 1)
    page = sign_in(client, "xitong").get("/companies/chart/").content.decode()
    assert "负责人 xiaoshou.a" in page and "没有负责人" in page and "共 3 家公司" in page


def test_who_sees_one_company_sees_its_part(group: Group, client: Client) -> None:
    departments(group)
    with acting(group.sales_a):
        chart = chart_for(group.sales_a)
        assert (chart.top.company, chart.top.below, chart.above) == (group.company_a, [], None)
        with pytest.raises(Missing):
            chart_for(group.sales_a, group.company_b.pk)
    sign_in(client, "xiaoshou.a")
    assert client.get(f"/companies/chart/?top={group.company_b.pk}").status_code == 404
    assert client.get("/companies/chart/?top=nonsense").status_code == 404


def test_a_large_group_is_shown_in_parts_and_counted_whole(group: Group, django_assert_max_num_queries: object) -> None:
    whole = {group.headquarters.pk}
    with scope(entities=whole, trees=whole):
        Entity.objects.bulk_create(
            Entity(
                parent=group.company_a if number % 2 else group.company_b,
                unified_code=new_code(),
                name=f"第{number}家",
                region="330106",
                sector="food",
                went_live_on=AT.date(),
                registered_at=AT,
            )
            for number in range(300)
        )
    with acting(group.system_admin), django_assert_max_num_queries(8):  # type: ignore[operator]
        chart = chart_for(group.system_admin)
    assert (chart.shown, chart.total) == (MOST_COMPANIES, 303)
    assert sum(one.more for one in chart.top.below) == 303 - MOST_COMPANIES
    with acting(group.system_admin):
        part = chart_for(group.system_admin, group.company_a.pk)
    assert (part.shown, part.total, part.above) == (151, 151, group.headquarters)
