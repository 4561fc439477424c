"""The technology company of the article: faces are a new kind of data, kept out until they may come in (人脸识别数据).

Recognised when the field is entered, held back from files and forms, assessed by two; whether the filing lets it come
in is asked by a hook at its activation (`privacy.registry.HOLDS`).
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.running import Running

pytestmark = pytest.mark.browser
FIELD = "人脸识别数据"


def test_faces_stay_out_until_they_are_declared_assessed_and_told(
    chromium: Browser, running: Running, tmp_path: Path
) -> None:
    context = [chromium.new_context(base_url=running.url, locale="zh-CN", reduced_motion="reduce") for _ in range(3)]
    officer, approver, sales = (one.new_page() for one in context)
    for page, user in ((officer, "data.officer.food"), (approver, "legal.food"), (sales, "sales.food")):
        page.set_default_timeout(15_000)
        running.sign_in(page, user)

    held_back(sales, tmp_path, "识别为敏感个人信息，字段台账里没有对应的字段")
    officer.goto("/catalogue/")
    officer.get_by_role("link", name=re.compile("登记字段")).first.click()
    officer.get_by_label("字段名称").fill(FIELD)
    officer.get_by_label("同意方式").select_option("separate")
    officer.get_by_label("客户服务").select_option("consent")
    officer.get_by_label("保存期限").fill("12")
    officer.get_by_role("button", name="登记").click()
    expect(officer.locator("main")).to_contain_text("敏感个人信息")
    address = officer.url

    officer.get_by_role("button", name="启用").click()
    expect(officer.get_by_role("status")).to_contain_text("影响评估")
    assert_no_input(sales)
    held_back(sales, tmp_path, f"“{FIELD}”没有启用")

    officer.goto(address)
    officer.get_by_role("link", name="影响评估").click()
    officer.get_by_label("处理目的、处理方式是否合法").fill("会员到店识别，另有出示会员码的办法")
    officer.get_by_label("对个人权益的影响").fill("泄露后不能更换，可能被冒用")
    officer.get_by_label("采取的保护措施").fill("加密保存，不用于别的目的，一年后删除")
    officer.get_by_role("button", name=re.compile("提交|评估")).click()
    approver.goto("/tasks/")
    asked = approver.locator(".list-group-item, .card-body").filter(has_text=FIELD).last
    asked.get_by_role("button", name="同意", exact=True).click()
    officer.goto(address)
    officer.get_by_role("button", name="启用").click()
    expect(officer.get_by_role("status")).to_contain_text("再发布一版写有它的隐私告知，就可以收集")

    sales.goto("/customers/add/")
    sales.get_by_label("姓名", exact=True).fill("识小别")
    sales.get_by_text("更多信息").click()
    sales.get_by_role("textbox", name=FIELD).fill("特征值0001")
    sales.get_by_role("button", name="登记", exact=True).click()
    expect(sales.get_by_text("现行的隐私告知里没有这一项").first).to_be_visible()
    for one in context:
        one.close()


def assert_no_input(page: Page) -> None:
    page.goto("/customers/add/")
    expect(page.get_by_label(FIELD)).to_have_count(0)


def held_back(page: Page, folder: Path, why: str) -> None:
    file = folder / "会员.csv"
    file.write_text(f"姓名,手机,{FIELD}\n识小别,13911113333,特征值0001\n", "utf-8")
    page.goto("/customers/import/")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name=re.compile("导入|上传|下一步|识别")).first.click()
    expect(page.get_by_text(why).first).to_be_visible()
