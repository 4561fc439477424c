"""Lists of people, the group as a tree, the log of requests, and signing in by a provider, in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.running import Running
from tests.provider import IS_HERE, configure, provider

pytestmark = pytest.mark.browser

HEADER = "用户名,姓名,公司,部门,职务,电子邮箱,手机,状态"


def test_a_list_is_compared_and_carried_out(
    page: Page, running: Running, width: int, shoot: Callable[[str], None]
) -> None:
    company = next(one["entity"] for one in running.accounts() if one["user"] == "sales.food")
    rows = [HEADER, f"xin.{width},新员工,{company},,导购,,,", f"cuo.{width},写错了,没有这家公司,,,,,"]
    running.sign_in(page, "system.admin")
    page.goto("/people/")
    page.get_by_role("link", name="导入与目录").click()
    shoot("导入与目录")
    page.get_by_label("这是什么").select_option("人员名单")
    page.get_by_label("文件").set_input_files(
        {"name": "新员工.csv", "mimeType": "text/csv", "buffer": "\n".join(rows).encode()}
    )
    page.get_by_role("button", name="上传并比对").click()
    expect(page.get_by_text(f"新账号；加入{company}；职务 导购")).to_be_visible(timeout=30_000)
    expect(page.get_by_text("没有“没有这家公司”这家公司")).to_be_visible()
    shoot("导入比对")
    page.get_by_role("button", name="确认执行").click()
    expect(page.get_by_text("已执行：新增1，有问题1")).to_be_visible(timeout=30_000)
    page.get_by_role("link", name="查看成员").click()
    page.get_by_placeholder("姓名或用户名的一部分").fill(f"xin.{width}")
    expect(page.get_by_text("共 1 人")).to_be_visible()


def test_the_group_is_a_tree_and_requests_are_kept(page: Page, running: Running, shoot: Callable[[str], None]) -> None:
    running.sign_in(page, "audit.admin")
    page.goto("/companies/")
    page.get_by_role("link", name="架构图").click()
    expect(page.get_by_text("共 9 家公司")).to_be_visible()
    shoot("组织架构图")
    page.goto("/people/sign-ins/")
    page.get_by_role("link", name="访问日志").click()
    expect(page.get_by_text("GET /companies/chart/").first).to_be_visible()
    shoot("访问日志")
    page.goto("/access/administrators/replace/")
    shoot("接任管理员")


@pytest.mark.skipif(not IS_HERE, reason="there is no OpenID provider (needs Node: make test fetches it)")
def test_an_account_is_linked_and_signed_in_with(chromium: Browser, running: Running) -> None:
    back = f"{running.url}/sign-in/provider/back/"
    users = {"wang": {"password": "wang-pass", "preferred_username": "wang", "groups": []}}
    context = chromium.new_context(base_url=running.url, locale="zh-CN", reduced_motion="reduce")
    context.set_default_timeout(15_000)
    page = context.new_page()
    with provider(users, back) as issuer:
        configure(running.folder, issuer)
        try:
            running.sign_in(page, "contractor.decoration")
            page.goto("/account/")
            page.get_by_label("现在的口令").fill(running.password("contractor.decoration"))
            page.get_by_role("button", name="关联").click()
            page.get_by_role("link", name="去登录企业账号").click()
            page.get_by_label("User").fill("wang")
            page.get_by_label("Password").fill("wang-pass")
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_text("已关联，可以用它登录")).to_be_visible()
            context.clear_cookies()
            page.goto("/companies/")
            page.get_by_role("link", name="用企业账号登录").click()
            page.get_by_label("User").fill("wang")
            page.get_by_label("Password").fill("wang-pass")
            page.get_by_role("button", name="Sign in").click()
            page.wait_for_url(re.compile(r"/companies/$"))
            page.goto("/account/")
            page.get_by_role("button", name="解除").click()
            expect(page.get_by_text("没有关联")).to_be_visible()
        finally:
            (running.folder / "directory.toml").unlink()
            context.close()
