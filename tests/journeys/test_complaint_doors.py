"""The doors of complaints in a browser: a button in a page of somebody else, a phone with photos, no script at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, expect

from tests.journeys.running import Running

COMPANY = "示例食品（浙江）有限公司"


@contextmanager
def foreign_page(body: str, policy: str) -> Iterator[str]:
    """A website of somebody else, with a policy of its own, on another port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(f"<!doctype html><html lang=zh><title>商城</title><body>{body}".encode())

        def log_message(self, *arguments: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def door(running: Running) -> str:
    """The code of a company of the demo."""
    listed = json.loads(running.command("demo", "accounts", "--format", "json").stdout)
    assert listed
    said = running.command("company", "list", "--format", "json", GUIJU_TOKEN=running.token("service.food"))
    assert said.returncode == 0, said.stderr
    return str(next(one["unified_code"] for one in json.loads(said.stdout) if one["name"] == COMPANY))


@pytest.fixture
def stranger(chromium: Browser, width: int) -> Iterator[Callable[..., Page]]:
    contexts = []

    def opened(**more: Any) -> Page:
        contexts.append(
            chromium.new_context(
                viewport={"width": width, "height": 844}, locale="zh-CN", reduced_motion="reduce", **more
            )
        )
        contexts[-1].set_default_timeout(30_000)
        return contexts[-1].new_page()

    yield opened
    for one in contexts:
        one.close()


def button(running: Running, code: str) -> str:
    return f'<p>商品</p><script src="{running.public_url}/widget.js" data-company="{code}" defer></script>'


def policy_of(running: Running, *, frames: bool = True) -> str:
    frame = running.public_url if frames else "'none'"
    return f"default-src 'none'; script-src {running.public_url}; frame-src {frame}; require-trusted-types-for 'script'"


def test_the_button_opens_the_door_within_a_page_of_somebody_else(
    running: Running, door: str, stranger: Callable[..., Page]
) -> None:
    page = stranger()
    faults: list[str] = []
    page.on("console", lambda line: faults.append(line.text) if line.type == "error" else None)
    with foreign_page(button(running, door), policy_of(running)) as address:
        page.goto(address)
        opener = page.get_by_role("button", name="投诉")
        opener.focus()
        page.keyboard.press("Enter")
        inside = page.frame_locator("iframe[title=向公司投诉]")
        expect(inside.get_by_role("heading", level=1)).to_contain_text(COMPANY)
        inside.get_by_label("发生了什么事").fill("从商城的按钮来的投诉")
        inside.get_by_role("button", name="提交投诉").click()
        expect(inside.get_by_text("投诉已经收下")).to_be_visible()
        with page.context.expect_page() as apart:
            inside.get_by_role("link", name="查看进度").click()
        expect(apart.value.get_by_text("从商城的按钮来的投诉")).to_be_visible()
        page.bring_to_front()
        page.get_by_role("button", name="关闭").click()
        expect(page.get_by_role("dialog")).to_have_count(0)
        expect(opener).to_be_focused()
        assert page.evaluate("document.cookie") == "" and not faults
        assert page.context.cookies() == []


def test_where_frames_are_refused_the_door_opens_in_a_window_of_its_own(
    running: Running, door: str, stranger: Callable[..., Page]
) -> None:
    page = stranger()
    with foreign_page(button(running, door), policy_of(running, frames=False)) as address:
        page.goto(address)
        with page.context.expect_page() as apart:
            page.get_by_role("button", name="投诉").click()
        expect(apart.value.get_by_role("heading", level=1)).to_contain_text(COMPANY)


def test_no_other_page_stands_in_pages_of_others(running: Running, door: str, stranger: Callable[..., Page]) -> None:
    page = stranger()
    address = f"{running.public_url}/complain/{door}/"
    assert "frame-ancestors 'none'" in page.request.get(address).headers["content-security-policy"]
    framed = page.request.get(f"{address}?from=widget").headers
    assert "frame-ancestors *" in framed["content-security-policy"] and "x-frame-options" not in framed
    assert page.request.get(f"{running.public_url}/notice/{door}/?from=widget").headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("script", [True, False], ids=["script", "no-script"])
def test_somebody_complains_with_photos(
    running: Running, door: str, stranger: Callable[..., Page], tmp_path: Path, width: int, script: bool
) -> None:
    page = stranger(java_script_enabled=script)
    good, bad = tmp_path / "破损.png", tmp_path / "假的.jpg"
    good.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes([width % 256, script]) * 32)
    bad.write_bytes(b"MZ\x90\x00" + bytes(100))
    page.goto(f"{running.public_url}/complain/{door}/")
    page.get_by_label("发生了什么事").fill(f"包装破了 {width} {script}")
    page.get_by_label("照片、视频或文件").set_input_files([good, bad])
    if script:
        expect(page.locator("[name=proof]")).not_to_have_value("")
    page.get_by_role("button", name="提交投诉").click()
    expect(page.get_by_text("“假的.jpg”")).to_contain_text("是程序或脚本，不收")
    address = page.get_by_role("link", name="查看进度").get_attribute("href")
    page.goto(running.public_url + str(address))
    expect(page.get_by_text("破损.png").first).to_be_visible()
    if script:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_app_opens_the_door_for_who_is_signed_in_there(
    running: Running, door: str, stranger: Callable[..., Page], width: int
) -> None:
    made = requests.post(
        f"{running.url}/api/v1/complaints/handovers",
        json={"name": "李女士", "phone": f"1380001{width:04}", "order_no": "D-1"},
        headers={"Authorization": f"Bearer {running.token('service.food')}"},
        timeout=60,
    )
    assert made.status_code == 200, made.text
    page = stranger(is_mobile=width < 600, has_touch=width < 600)
    page.goto(made.json()["url"])
    expect(page.get_by_label("手机")).to_have_value(f"1380001{width:04}")
    expect(page.get_by_label("怎样称呼您")).to_have_value("李女士")
    page.get_by_label("发生了什么事").fill(f"从应用来的 {width}")
    page.get_by_role("button", name="提交投诉").click()
    expect(page.get_by_text("手机已核验")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
