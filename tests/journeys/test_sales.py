"""A salesperson's morning: what waits, a note, a card that moves on, one that is lost, and the number behind it."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.running import Running

Shoot = Callable[[str], None]

pytestmark = pytest.mark.browser


def test_a_morning(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    running.sign_in(page, "sales.food")
    page.get_by_role("link", name="我的今天").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的今天")
    due = page.locator("#due")
    expect(due).to_contain_text("说好今天再联系")
    shoot("today")
    before = due.locator(".list-group-item").count()
    due.get_by_role("link", name="写跟进").first.click()
    page.get_by_label("方式").select_option("电话")
    page.get_by_label("内容").fill("已经说定，下周送样")
    page.get_by_role("button", name="保存").click()
    expect(page.locator("#timeline")).to_contain_text("已经说定，下周送样")
    page.goto("/today/")
    expect(due.get_by_role("link", name="写跟进")).to_have_count(before - 1)

    page.goto("/opportunities/")
    move_on(page, width)
    shoot("board")
    lose_one(page, width)

    page.get_by_role("link", name="统计").click()
    page.get_by_label("时间").select_option("近12个月")
    expect(page.get_by_role("heading", name="漏斗：近12个月登记的商机")).to_be_visible()
    expect(page.locator("[data-chart=table-funnel] canvas")).to_be_visible()
    shoot("statistics")
    number = page.locator("#table-funnel tr", has_text="需求确认").get_by_role("link")
    count = number.inner_text()
    number.click()
    expect(page.locator("#list")).to_contain_text(f"{count} 个，合计")
    shoot("behind-the-funnel")
    page.go_back()
    page.locator("[data-chart=table-funnel] canvas").click(position={"x": width / 4, "y": 25})
    expect(page.locator("#list")).to_contain_text("到过“线索”")


def move_on(page: Page, width: int) -> None:
    """Drag a lead to the next stage; on a phone by the choice on its card."""
    lead, contact = page.locator("[data-stage=lead]"), page.locator("[data-stage=contact]")
    card = lead.locator(".board-card").first
    before = count_of(page, "线索")
    if width > 600:
        card.drag_to(contact)
    else:
        card.get_by_text("移到…").click()
        card.get_by_role("combobox").select_option("初步接触")
        card.get_by_role("button", name="移动").click()
    expect(page.get_by_role("status")).to_contain_text("已移到“初步接触”")
    assert count_of(page, "线索") == before - 1


def lose_one(page: Page, width: int) -> None:
    card = page.locator("[data-stage=contact] .board-card").first
    name = card.get_by_role("link").first.inner_text()
    if width > 600:
        card.drag_to(page.locator(".board-end[data-stage=lost]"))
    else:
        card.get_by_text("移到…").click()
        card.get_by_role("combobox").select_option("输单…")
        card.get_by_role("button", name="移动").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("输单")
    page.get_by_role("button", name="输单").click()
    expect(page.get_by_text("请选择输单原因")).to_be_visible()
    page.get_by_label("输单原因").select_option("价格")
    page.get_by_label("说明").fill("贵了一成")
    page.get_by_role("button", name="输单").click()
    expect(page.get_by_role("status")).to_contain_text(f"“{name}”已记为输单")


def count_of(page: Page, label: str) -> int:
    found = re.search(r"\d+$", page.get_by_role("link", name=re.compile(f"^{label} \\d+$")).inner_text())
    assert found is not None
    return int(found[0])


def test_the_keyboard_moves_a_card_too(page: Page, running: Running) -> None:
    running.sign_in(page, "sales.education")
    page.goto("/opportunities/")
    card = page.locator(".board-card").first
    before = card.get_by_role("link").first.get_attribute("href")
    card.locator("summary").press("Enter")
    choice = card.get_by_role("combobox")
    choice.focus()
    choice.press("End")
    choice.press("ArrowUp")
    choice.press("ArrowUp")
    card.get_by_role("button", name="移动").press("Enter")
    expect(page.locator("[data-stage=negotiation]").locator(f"a[href='{before}']")).to_be_visible()
