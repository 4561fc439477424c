"""A marketer reviews what will be published; a lawyer decides which words the company may use."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Page, expect

from tests.journeys.running import Running
from tests.journeys.test_register_company import open_menu

pytestmark = pytest.mark.browser

Shoot = Callable[[str], None]
ADS = "连续三年销量第一的核桃，口感最佳\n门店周末照常营业\n每天一杯，血糖稳稳降下来"


def contract() -> bytes:
    document = Document()
    for paragraph in ("健身会员协议", "会员费三千元，一经售出概不退还。", "本公司有权随时调整课程，恕不另行通知。"):
        document.add_paragraph(paragraph)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def test_copy_is_marked_kept_and_downloaded(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    running.sign_in(page, "marketing.food")
    open_menu(page, "审查", width)
    shoot("review-empty")
    page.get_by_label("广告文案").fill(ADS)
    page.get_by_role("button", name="审查").click()
    verdict = page.locator("#verdict")
    expect(verdict.locator("mark").first).to_be_visible()
    expect(verdict).to_contain_text("共 3 条")
    expect(verdict.locator("mark", has_text="最佳").first).to_have_attribute(
        "title", "《广告法》第九条：（三）使用“国家级”、“最高级”、“最佳”等用语"
    )
    shoot("review-ads")
    with page.expect_download() as download:
        verdict.get_by_role("link", name="Excel").click()
    assert Path(download.value.path()).read_bytes().startswith(b"PK")
    page.get_by_role("link", name="审查记录").click()
    shoot("review-checks")
    page.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("广告文案审查")
    shoot("review-check")
    page.get_by_role("link", name="《广告法》第九条").first.click()
    expect(page.locator("#第九条")).to_be_in_viewport()
    shoot("statute")
    page.locator("#第九条").get_by_role("link", name="绝对化用语", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("绝对化用语")
    shoot("rule")


def test_a_contract_in_word_and_columns_are_read(page: Page, running: Running, shoot: Shoot) -> None:
    running.sign_in(page, "marketing.food")
    page.goto("/review/clauses/")
    page.get_by_label("或者上传文件").set_input_files(
        {"name": "协议.docx", "mimeType": "application/octet-stream", "buffer": contract()}
    )
    page.get_by_label("合同类型").select_option("预付卡")
    page.get_by_role("button", name="审查").click()
    expect(page.locator("#verdict")).to_contain_text("没有写明解决争议的方法")
    shoot("review-clauses")
    page.get_by_role("link", name="数据字段").click()
    page.get_by_label("数据字段").fill("sfzh\nmobile,手机号\ndept_name,部门名称\njkzk")
    page.get_by_role("button", name="审查").click()
    expect(page.locator("#verdict")).to_contain_text("个人信息 3，其中敏感 2")
    shoot("review-fields")


def test_what_is_wrong_is_told_and_what_was_typed_stays(page: Page, running: Running) -> None:
    running.sign_in(page, "marketing.food")
    page.goto("/review/")
    page.get_by_role("button", name="审查").click()
    expect(page.locator("#verdict")).to_contain_text("请粘贴广告文案，或者上传文件")
    page.get_by_label("广告文案").fill("顶级")
    page.get_by_label("或者上传文件").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"x"})
    page.get_by_role("button", name="审查").click()
    expect(page.locator("#verdict")).to_contain_text("只能选一样")
    expect(page.get_by_label("广告文案")).to_have_value("顶级")


def test_own_words_are_proposed_and_decided(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    words = f"顶级牌{width}"
    running.sign_in(page, "marketing.food")
    page.goto("/review/words/")
    page.get_by_role("link", name="提出用语").click()
    page.get_by_label("用语").fill(words)
    page.get_by_label("性质").select_option("注册商标")
    page.get_by_label("有效期至").fill("2030-12-31")
    page.get_by_role("button", name="提出").click()
    expect(page.get_by_text("没有写明证明")).to_be_visible()
    shoot("propose-own-word")
    page.get_by_label("证明").fill("商标注册证第12345678号")
    page.get_by_role("button", name="提出").click()
    expect(page.get_by_text(f"已提出“{words}”")).to_be_visible()
    page.context.clear_cookies()
    running.sign_in(page, "legal")
    page.goto("/review/words/")
    shoot("own-words")
    page.get_by_role("row", name=words).get_by_role("button", name="放行", exact=True).click()
    expect(page.get_by_text(f"“{words}”已放行")).to_be_visible()


def test_rules_and_statutes_can_be_searched(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    running.sign_in(page, "inspector")
    open_menu(page, "规则与法规", width)
    shoot("rules")
    page.get_by_label("名称、词或法条").fill("最终解释权")
    expect(page.locator("#list")).to_contain_text("共 ")
    expect(page.locator("#list a").first).to_contain_text("解释权")
    page.get_by_role("link", name="法规", exact=True).click()
    shoot("statutes")
