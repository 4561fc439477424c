from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.journeys.running import Running, remove

SCREENSHOTS = Path(__file__).resolve().parents[2] / "build" / "screenshots"


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder with mode 0700 and a path with spaces and Chinese in it."""
    folder = Path(tempfile.mkdtemp(prefix="规矩 测试 "))
    yield folder
    remove(folder)


@pytest.fixture(scope="session")
def running() -> Iterator[Running]:
    """One running demo for all tests that leave it as usable as they found it."""
    folder = Path(tempfile.mkdtemp(prefix="规矩 演示 "))
    demo = Running(folder / "demo", GUIJU_INTERNAL_HOSTS="127.0.0.1,::1")
    demo.start()
    yield demo
    demo.stop()
    remove(folder)


@pytest.fixture(scope="module")
def standing() -> Iterator[Running]:
    """One running installation, not set up yet, for tests that only look at it."""
    folder = Path(tempfile.mkdtemp(prefix="规矩 正式 "))
    real = Running(folder / "data", demo=False)
    real.start()
    yield real
    remove(folder)


@pytest.fixture(params=[1440, 390], ids=["desktop", "phone"])
def width(request: pytest.FixtureRequest) -> int:
    """Page widths in CSS pixels."""
    return int(request.param)


@pytest.fixture
def page(chromium: Browser, running: Running, width: int) -> Iterator[Page]:
    """A page of the running demo in a browser of its own; fails on script errors and foreign hosts."""
    context = chromium.new_context(
        base_url=running.url,
        viewport={"width": width, "height": 900},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        accept_downloads=True,
        # Scrolling to a link within a menu that still slides open moves it away under the click.
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    # Forms that come back have a status of 4xx, which Chromium writes to its console.
    told = re.compile(r"status of (401|403|422)")
    opened.on(
        "console",
        lambda line: faults.append(line.text) if line.type == "error" and not told.search(line.text) else None,
    )
    opened.on("request", lambda one: None if one.url.startswith((running.url, "data:")) else faults.append(one.url))
    yield opened
    context.close()
    assert not faults


@pytest.fixture
def shoot(page: Page, width: int) -> Callable[[str], None]:
    """Keep a picture of the whole page as build output; nothing may stick out sideways."""

    def take(name: str) -> None:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{name}-{width}.png", full_page=True)
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), f"{name} is too wide"

    return take
