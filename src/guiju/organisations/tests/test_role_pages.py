"""The pages of roles: matrix, one role, comparison, files (权限分级表)."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from django.test import Client
from django.utils import timezone

from guiju.kernel.calendar.clock import today
from guiju.kernel.errors import Missing
from guiju.organisations.cli import access
from guiju.organisations.models import Role
from guiju.organisations.selectors import acting
from guiju.organisations.selectors.roles import Column, compared, explanation_of
from guiju.organisations.services.roles import RoleDetails, create_role
from guiju.organisations.services.tokens import create_token
from guiju.organisations.tests.factories import AT, Group, sign_in


@pytest.fixture
def security(group: Group, client: Client) -> Client:
    sign_in(client, "anquan")
    return client


def test_the_matrix_shows_each_role_and_how_far_it_goes(security: Client) -> None:
    page = security.get("/access/roles/").content.decode()
    assert "系统管理员" in page and "授予和收回角色" in page and "全集团" in page and "本人经手" in page
    assert "没有符合条件的角色" in security.get("/access/roles/?search=飞行员").content.decode()


@pytest.mark.parametrize("day", ["heute", "2026-13-01", "1700-01-01"])
def test_a_day_that_is_none_is_told(security: Client, day: str) -> None:
    answer = security.get(f"/access/roles/?day={day}")
    assert answer.status_code == 422 and "不是日期，请写成 2026-01-31" in answer.content.decode()


def test_a_role_is_set_up_from_a_sample_changed_and_retired(security: Client) -> None:
    form = security.get("/access/roles/create/?like=sales").content.decode()
    assert "销售（副本）" in form and "right:company.read" in form and "right:role.grant" not in form
    made = security.post(
        "/access/roles/create/", {"name": "店长", "note": "", "right:company.read": "company"}, follow=True
    ).content.decode()
    assert "已设立“店长”" in made
    code = Role.objects.get(name="店长").code
    twice = security.post("/access/roles/create/", {"name": "店长"})
    assert twice.status_code == 422 and "已经有叫“店长”的角色" in twice.content.decode()
    changed = security.post(
        f"/access/roles/{code}/change/",
        {"name": "店长", "right:company.read": "subtree", "reason": "管几家店", "seen": "1"},
        follow=True,
    ).content.decode()
    assert "已修改" in changed and "本公司及下级" in changed and "管几家店" in changed
    stale = security.post(f"/access/roles/{code}/change/", {"name": "店长", "reason": "又改", "seen": "1"})
    assert stale.status_code == 422 and "刚刚被别人改过" in stale.content.decode()
    assert "已停用" in security.post(f"/access/roles/{code}/retire/", follow=True).content.decode()
    assert security.get(f"/access/roles/{code}/").status_code == 404


def test_the_matrix_of_a_day_comes_from_the_log(security: Client) -> None:
    security.post("/access/roles/create/", {"name": "店长", "right:company.read": "company"})
    tomorrow, before = today() + timedelta(days=1), today() - timedelta(days=30)
    assert "店长" in security.get(f"/access/roles/?day={tomorrow}").content.decode()
    assert "日志里那一天还没有角色" in security.get(f"/access/roles/?day={before}").content.decode()
    page = security.get(f"/access/roles/compare/?since={before}").content.decode()
    assert "店长" in page and "查看公司" in page
    assert "没有变化" in security.get(f"/access/roles/compare/?since={tomorrow}").content.decode()


def test_the_matrix_goes_out_as_workbook_and_json(security: Client) -> None:
    book = openpyxl.load_workbook(io.BytesIO(security.get("/access/roles/matrix.xlsx").content))
    header = [cell.value for cell in next(book.active.iter_rows())]
    assert header[:2] == ["资源", "权限或字段"] and "销售" in header
    answer = security.get("/access/roles/matrix.json").json()
    [sales] = [role for role in answer["roles"] if role["code"] == "sales"]
    assert sales["rights"]["check.read"] == "own" and answer["rights"]["check.read"] == "查看审查记录"


@pytest.mark.parametrize(
    "path",
    ["", "create/", "sales/", "sales/change/", "compare/", "matrix.json", "matrix.xlsx", "compare/?since=2026-01-01"],
)
def test_who_has_no_right_on_roles_is_refused(group: Group, client: Client, path: str) -> None:
    sign_in(client, "xiaoshou.a")
    assert client.get(f"/access/roles/{path}").status_code == 403


def test_ten_thousand_roles_can_be_paged(security: Client) -> None:
    Role.objects.bulk_create(
        Role(code=f"role_{number}", name=f"岗位{number}", rights={"company.read": "own"}) for number in range(10_000)
    )
    page = security.get("/access/roles/?page=800").content.decode()
    assert "共 10013 个角色" in page


def test_what_changed_is_told_by_role_right_and_field() -> None:
    def column(code: str, rights: dict[str, str], treatments: dict[str, str] | None = None) -> Column:
        return Column(code, code, "", rights, treatments or {}, False)

    old = [column("a", {"company.read": "own"}), column("gone", {})]
    new = [column("a", {"company.read": "group"}, {"member.phone": "clear"}), column("new", {"x.y": "own"})]
    assert [(one.role, one.what, one.old, one.new) for one in compared(old, new)] == [
        ("a", "查看公司", "本人经手", "全集团"),
        ("a", "成员：手机", "—", "明文"),
        ("gone", "角色", "有", "无"),
        ("new", "角色", "无", "有"),
        ("new", "x.y", "—", "本人经手"),
    ]
    assert compared(new, new) == []


def test_why_somebody_may_see_something_is_explained(group: Group) -> None:
    with acting(group.security_admin):
        create_role(details=RoleDetails("抽查员", "", {"check.read": "group"}, {}), actor=group.security_admin, at=AT)
        [checks] = explanation_of(group.security_admin, group.compliance, on=today(), resource="check")
        [reading] = checks.grounds
        assert (reading.roles, reading.reach) == (("合规专员",), "本公司及下级")
        assert reading.companies == (group.headquarters.name,)
        assert set(reading.unrelated) == {group.company_a.name, group.company_b.name}
        [roles] = explanation_of(group.security_admin, group.sales_a, on=today(), resource="role")
        assert not roles.grounds and ("授予和收回角色", ("安全管理员",)) in roles.denied


def as_security(group: Group, *arguments: str) -> Result:
    with acting(group.security_admin):
        secret = create_token(member=group.security_admin, name="测试", days=1, at=timezone.now())
    return CliRunner().invoke(access, list(arguments), obj=secret)


def test_the_command_line_prints_matrix_and_explanation(group: Group, tmp_path: Path) -> None:
    assert "查看审查记录：本人经手" in as_security(group, "matrix").stdout
    assert json.loads(as_security(group, "matrix", "--format", "json").stdout)["roles"]
    out = tmp_path / "矩阵.xlsx"
    assert as_security(group, "matrix", "--format", "xlsx", "--output", str(out)).exit_code == 0 and out.exists()
    assert as_security(group, "matrix", "--format", "xlsx").exit_code == 2
    told = as_security(group, "explain", "--member", "hegui", "--resource", "check").stdout
    assert "查看审查记录：本公司及下级（合规专员）" in told and "没有数据关系而看不到：" in told
    [one] = json.loads(
        as_security(group, "explain", "--member", "hegui", "--resource", "role", "--format", "json").stdout
    )
    assert one["resource"] == "角色与权限"
    for arguments, words in (
        (("--member", "niemand"), "没有用户名为“niemand”的成员"),
        (("--member", "hegui", "--resource", "moon"), "没有“moon”这种资源"),
    ):
        failure = as_security(group, "explain", *arguments).exception
        assert isinstance(failure, Missing) and words in failure.sentence


def test_a_role_is_granted_and_withdrawn_on_the_command_line(group: Group) -> None:
    given = ("--member", "xiaoshou.a", "--role", "marketing")
    assert "已授予xiaoshou.a“营销专员”" in as_security(group, "grant", *given).stdout
    assert "已收回xiaoshou.a的“营销专员”" in as_security(group, "withdraw", *given).stdout
    failure = as_security(group, "withdraw", *given).exception
    assert isinstance(failure, Missing) and "没有这个角色" in failure.sentence
