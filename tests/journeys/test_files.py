"""A salesperson sends files up from a customer's page, is told what stands in them, and opens one for a reason."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.running import Running

IDENTITY = "110101199003077571"


def customer_with_files(page: Page) -> str:
    """The address of one of those to whom the demo gave files."""
    page.goto("/customers/")
    rows = page.locator("main a[href^='/customers/0']")
    for address in [str(rows.nth(number).get_attribute("href")) for number in range(rows.count())]:
        page.goto(address)
        if page.locator("#files a[href^='/files/0']").count():
            return address
    raise AssertionError("the demo has no files")


def test_files_are_sent_up_pointed_out_and_opened_for_a_reason(
    page: Page, running: Running, shoot: Callable[[str], None], width: int, tmp_path: Path
) -> None:
    running.sign_in(page, "sales.food")
    address = customer_with_files(page)
    page.locator("#files").get_by_role("link", name="上传").click()
    secret, plain = tmp_path / f"证件{IDENTITY}.txt", tmp_path / f"说明{width}.txt"
    secret.write_text(f"{width} {IDENTITY}", "utf-8")
    plain.write_text(f"{width} 周三上午送货", "utf-8")
    page.get_by_label("文件").set_input_files([secret, plain])
    expect(page.locator("#spots")).to_contain_text("身份证件")
    expect(page.locator("#chosen")).to_contain_text(plain.name)
    shoot("files-upload")
    page.get_by_role("main").get_by_role("button", name="上传").click()
    # Sensitive files are a field of their own, which this company hasn't assessed and told of.
    expect(page.get_by_role("status")).to_contain_text("其中1个已上传")
    expect(page.get_by_text("敏感附件的内容：这个字段没有启用").first).to_be_visible()
    page.goto(address)
    expect(page.locator("#files")).to_contain_text(plain.name)
    shoot("files-panel")
    expect(page.get_by_role("main")).not_to_contain_text(IDENTITY)
    page.locator("#files").get_by_role("link", name="签字页", exact=False).first.click()
    page.get_by_role("main").get_by_role("button", name="下载").click()
    expect(page.get_by_text("请填写理由")).to_be_visible()
    page.get_by_label("用途").select_option("service")
    page.get_by_label("理由").fill("核对签字")
    shoot("files-open")
    with page.expect_download() as got:
        page.get_by_role("main").get_by_role("button", name="下载").click()
    assert got.value.path().read_bytes().startswith(b"GIF89a")
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
