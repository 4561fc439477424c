"""A system administrator registers companies in the browser, from sign-in to the CSV."""

from __future__ import annotations

import csv
import io
import re
import secrets
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from guiju.kernel.identifiers import unified_code
from guiju.web.tables import xlsx_bytes
from tests.journeys.running import Running

pytestmark = pytest.mark.browser

Shoot = Callable[[str], None]


def new_code() -> str:
    return unified_code.make("330106", secrets.randbelow(31**8))


def open_menu(page: Page, name: str, width: int) -> None:
    if width < 992:
        page.get_by_role("button", name="展开菜单").click()
    page.get_by_role("complementary").get_by_role("link", name=name, exact=True).click()


def test_a_wrong_password_is_told_and_the_user_name_stays(page: Page, shoot: Shoot) -> None:
    page.goto("/")
    page.get_by_label("用户名").fill("system.admin")
    page.get_by_label("口令").fill("不是这个")
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或口令不对")
    expect(page.get_by_label("用户名")).to_have_value("system.admin")
    shoot("sign-in")


def test_from_sign_in_to_the_csv(page: Page, running: Running, width: int, shoot: Shoot, tmp_path: Path) -> None:
    name = f"浏览器登记公司{width}"
    code = new_code()
    running.sign_in(page, "system.admin")
    shoot("dashboard")
    open_menu(page, "公司", width)
    shoot("companies")
    page.get_by_role("link", name="登记公司", exact=True).click()

    # First with mistakes: each is told beside its field, and what was typed stays.
    page.get_by_label("统一社会信用代码").fill(code[:-1] + ("0" if code[-1] != "0" else "1"))
    page.get_by_label("公司名称").fill(name)
    page.get_by_label("住所地").fill("110103")
    page.get_by_label("行业").select_option("食品")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_text("校验位不符")).to_be_visible()
    expect(page.get_by_text("110101（东城区）")).to_be_visible()
    expect(page.get_by_label("公司名称")).to_have_value(name)
    shoot("register-company-refused")

    page.get_by_label("统一社会信用代码").fill(code)
    page.get_by_label("住所地").fill("西湖")
    page.get_by_role("option", name="浙江省 杭州市 西湖区").click()
    expect(page.get_by_label("住所地")).to_have_value("330106 浙江省 杭州市 西湖区")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("status")).to_contain_text(f"已登记{name}")
    expect(page.locator("#history")).to_contain_text(code)
    shoot("company")

    open_menu(page, "公司", width)
    page.get_by_label("名称或代码").fill(name)
    expect(page.get_by_text("共 1 家")).to_be_visible()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    assert "search=" in page.url
    with page.expect_download() as downloading:
        page.get_by_role("link", name="CSV").click()
    file = tmp_path / "list.csv"
    downloading.value.save_as(file)
    rows = list(csv.DictReader(io.StringIO(file.read_text("utf-8-sig"))))
    assert [(row["公司名称"], row["统一社会信用代码"]) for row in rows] == [(name, code)]


def test_a_change_shows_in_the_history(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    running.sign_in(page, "system.admin")
    open_menu(page, "公司", width)
    page.get_by_role("link", name="示例零售（广东）有限公司").click()
    page.get_by_role("link", name="修改", exact=True).click()
    name = f"示例零售（广东）有限公司{width}"
    page.get_by_label("公司名称").fill(name)
    page.get_by_label("变更原因").fill("2026年11月名称变更登记")
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_text("登记事项")).to_be_visible()
    shoot("change-company-refused")
    page.get_by_label("改后的名称、住所与现行营业执照一致").check()
    page.get_by_role("button", name="保存修改").click()
    expect(page.get_by_role("status")).to_contain_text("已修改")
    expect(page.locator("#history")).to_contain_text("原因：2026年11月名称变更登记")
    shoot("company-changed")


def test_the_audit_administrator_reads_the_history(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    running.sign_in(page, "audit.admin")
    open_menu(page, "公司", width)
    page.get_by_role("link", name="示例食品（浙江）有限公司").click()
    history = page.locator("#history")
    expect(history).to_contain_text("登记公司")
    expect(history).to_contain_text("浙江省 杭州市 余杭区")
    shoot("company-history")
    expect(page.get_by_role("link", name="登记公司", exact=True)).to_have_count(0)


def test_a_table_goes_in_by_preview(page: Page, running: Running, width: int, shoot: Shoot, tmp_path: Path) -> None:
    header = ("统一社会信用代码", "公司名称", "区划代码", "行业", "系统上线日期", "上级公司代码")
    good = [(new_code(), f"表格公司{width}之{number}", "330106", "零售", "2026-03-01", "") for number in range(3)]
    bad = (new_code(), f"表格公司{width}之错", "110103", "军火", "去年", "")
    file = tmp_path / "公司.xlsx"
    file.write_bytes(xlsx_bytes("公司", header, [*good, bad]))
    running.sign_in(page, "system.admin")
    open_menu(page, "公司", width)
    page.get_by_role("link", name="导入").click()
    page.get_by_label("文件").set_input_files(file)
    page.get_by_role("button", name="上传并预览").click()
    expect(page.get_by_text("没有“军火”这个行业")).to_be_visible()
    shoot("import-preview")
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("导入3家公司，退回1行")).to_be_visible()
    shoot("import-done")


def test_the_keyboard_alone_is_enough(page: Page, running: Running, width: int) -> None:
    running.sign_in(page, "system.admin")
    page.goto("/companies/register/")
    region = page.get_by_label("住所地")
    region.press_sequentially("余杭")
    expect(page.get_by_role("option").first).to_be_visible()
    assert region.get_attribute("aria-expanded") == "true"
    region.press("ArrowDown")
    assert region.get_attribute("aria-activedescendant")
    region.press("Enter")
    expect(region).to_have_value("330110 浙江省 杭州市 余杭区")
    expect(page).to_have_url(f"{running.url}/companies/register/")
    region.press("ArrowDown")
    expect(page.get_by_role("listbox").filter(has_text="余杭")).to_be_visible()
    region.press("Escape")
    expect(page.get_by_role("listbox").filter(has_text="余杭")).to_be_hidden()
    page.get_by_role("button", name="登记").press("Enter")
    expect(page.get_by_label("统一社会信用代码")).to_be_focused()


def test_a_session_that_ended_meanwhile_loses_nothing(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    running.sign_in(page, "system.admin")
    page.goto("/companies/register/")
    code, name = new_code(), f"会话过期公司{width}"
    page.get_by_label("统一社会信用代码").fill(code)
    page.get_by_label("公司名称").fill(name)
    page.get_by_label("住所地").fill("330106")
    page.get_by_label("行业").select_option("食品")
    page.context.clear_cookies(name="guiju_session")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录已过期")
    shoot("session-ended")
    with page.expect_popup() as opening:
        page.get_by_role("link", name="在新标签页登录").click()
    other = opening.value
    other.get_by_label("用户名").fill("system.admin")
    other.get_by_label("口令").fill(running.password("system.admin"))
    other.get_by_role("button", name="登录").click()
    other.get_by_label("验证码").fill(running.code("system.admin"))
    other.get_by_role("button", name="登录").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("工作台")
    other.close()
    page.get_by_role("button", name="继续提交").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("页面已过期")
    page.get_by_role("button", name="继续提交").click()
    expect(page.get_by_role("status")).to_contain_text(f"已登记{name}")


def test_an_old_verdict_is_marked_as_old(page: Page, running: Running, width: int) -> None:
    running.sign_in(page, "marketing.food")
    page.goto("/review/")
    page.get_by_label("广告文案").fill("门店周末照常营业")
    page.get_by_role("button", name="审查").click()
    verdict = page.locator("#verdict")
    expect(verdict).to_contain_text("未发现已知问题")
    page.get_by_label("广告文案").fill("全国最佳")
    expect(verdict).to_have_class(re.compile("stale"))
    page.get_by_role("button", name="审查").click()
    expect(verdict).to_contain_text("禁止")
    expect(verdict).not_to_have_class(re.compile("stale"))
    page.context.clear_cookies(name="guiju_session")
    page.get_by_role("button", name="审查").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("登录")
