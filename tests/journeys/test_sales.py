"""A salesperson's morning: what waits, a note, a card that moves on, one that is lost, and the number behind it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.running import Running

Shoot = Callable[[str], None]

pytestmark = pytest.mark.browser


class Acts:
    """Counts what a person does: fields that are filled in, and clicks; a stopwatch would measure the machine."""

    def __init__(self, page: Page) -> None:
        self.page, self.fields, self.clicks = page, 0, 0

    def fill(self, label: str, text: str) -> None:
        self.fields += 1
        self.page.get_by_label(label, exact=True).fill(text)

    def click(self, role: Literal["link", "button"], name: str) -> None:
        self.clicks += 1
        self.page.get_by_role(role, name=name, exact=True).first.click()


def test_a_first_morning(page: Page, running: Running, width: int, shoot: Shoot) -> None:
    """From nobody to a customer with an opportunity on the board and a reminder for tomorrow.

    Under twenty seconds for a customer is told by acts: four fields at about three seconds each and three clicks at
    about one second leave a quarter of it to read the page.
    """
    running.sign_in(page, "sales.food")
    who, number = f"周晓{width}", f"1390571{width:04}"
    acts = Acts(page)
    page.goto("/customers/")
    acts.click("link", "登记客户")
    acts.fill("姓名", who)
    acts.fill("手机", number)
    acts.fill("所在单位", "晨光食品商行")
    acts.click("button", "登记")
    expect(page.get_by_role("heading", level=1)).to_have_text(who)
    assert (acts.fields, acts.clicks) == (3, 2), "a name, a phone and a company: no field more, no page between"
    customer = page.url

    acts = Acts(page)
    acts.click("link", "写跟进")
    page.get_by_label("方式").select_option("电话")
    acts.fill("内容", "想要两百份年货礼盒，明天回电报价")
    acts.fill("下次跟进", tomorrow())
    acts.click("button", "保存")
    expect(page.locator("#timeline")).to_contain_text("明天回电报价")
    assert (acts.fields, acts.clicks) == (2, 2)

    acts = Acts(page)
    acts.click("link", "登记商机")
    acts.fill("商机名称", f"年货礼盒200份（{width}）")
    acts.fill("金额（元）", "1.28万")
    acts.click("button", "登记")
    assert (acts.fields, acts.clicks) == (2, 2)
    page.goto("/opportunities/?owner=me")
    card = page.locator(".board-card", has_text=f"年货礼盒200份（{width}）")
    if width > 600:
        card.drag_to(page.locator("[data-stage=need]"))
    else:
        card.get_by_text("移到…").click()
        card.get_by_role("combobox").select_option("需求确认")
        card.get_by_role("button", name="移动").click()
    expect(page.get_by_role("status")).to_contain_text("已移到“需求确认”")

    acts = Acts(page)
    page.goto(f"/today/todos/add/?customer={customer.rstrip('/').rpartition('/')[2]}")
    acts.fill("要办的事", "回电报价")
    acts.fill("日期", tomorrow())
    acts.fill("几点", "09:30")
    acts.click("button", "记下")
    assert (acts.fields, acts.clicks) == (3, 1)
    expect(page.locator("#customer-todos")).to_contain_text("回电报价")
    page.goto("/today/")
    expect(page.locator("#todos")).to_contain_text(f"回电报价（{who}）")
    expect(page.locator("#todos")).to_contain_text(f"{tomorrow()} 09:30")
    shoot("first-morning")
    page.goto("/")
    expect(page.get_by_role("heading", name="我的漏斗（进行中）")).to_be_visible()
    expect(page.locator(".bars canvas").first).to_be_visible()
    shoot("dashboard")


def tomorrow() -> str:
    return f"{datetime.now(ZoneInfo('Asia/Shanghai')) + timedelta(days=1):%Y-%m-%d}"


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
    expect(page.locator("#list")).to_contain_text("到过“意向”")


def move_on(page: Page, width: int) -> None:
    """Drag a lead to the next stage; on a phone by the choice on its card."""
    lead, contact = page.locator("[data-stage=lead]"), page.locator("[data-stage=contact]")
    card = lead.locator(".board-card").first
    before = count_of(page, "意向")
    if width > 600:
        card.drag_to(contact)
    else:
        card.get_by_text("移到…").click()
        card.get_by_role("combobox").select_option("初步接触")
        card.get_by_role("button", name="移动").click()
    expect(page.get_by_role("status")).to_contain_text("已移到“初步接触”")
    assert count_of(page, "意向") == before - 1


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
