"""A whole `guiju up` in a folder of its own, as a person would run it."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

import pyotp
import requests
from playwright.sync_api import Page, expect

from guiju.database.embedded import ROOT_HOME, RUNS

GUIJU = Path(sys.executable).with_name("guiju")


def environment(**more: str) -> dict[str, str]:
    """The machine's, without what the tests set for themselves."""
    ours = re.compile(r"^(GUIJU_|DATABASE_URL$|DJANGO_)")
    return {**{key: value for key, value in os.environ.items() if not ours.match(key)}, **more}


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return one.getsockname()[1], other.getsockname()[1]


def remove(folder: Path) -> None:
    """A folder with the installations in it: ends what still runs, and what lies elsewhere as root."""
    for one in Running.started:
        if folder in one.folder.parents and one.process is not None and one.process.poll() is None:
            one.stop()
    for marker in folder.rglob("instance.json"):
        short = str(json.loads(marker.read_text())["id"]).replace("-", "")[-12:]
        for elsewhere in (ROOT_HOME, RUNS):
            shutil.rmtree(elsewhere / short, ignore_errors=True)
        for run in Path(tempfile.gettempdir()).glob(f"guiju-*-{short}"):
            shutil.rmtree(run, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


def guiju(*arguments: str, input: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [GUIJU, *arguments], env=environment(**more), capture_output=True, text=True, input=input, timeout=120
    )


def ask(
    url: str, path: str, method: str = "GET", *, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[HTTPResponse, str]:
    """One bare request; the answer and its text."""
    parts = urlsplit(url)
    with closing(HTTPConnection(str(parts.hostname), parts.port, timeout=10)) as connection:
        connection.request(method, path, body=body, headers=headers or {})
        answer = connection.getresponse()
        return answer, answer.read().decode()


class Stranger:
    """Somebody without a browser: pages by address, forms by their fields."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._web = requests.Session()

    def get(self, path: str) -> requests.Response:
        answer = self._web.get(self._url + path, timeout=30)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer

    def submit(self, path: str, fields: dict[str, str] | None = None, *, files: Any = None) -> requests.Response:
        """Send a form of a page; the answer is the page to which it leads."""
        mark = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', self.get(path).text)
        assert mark is not None, path
        body = {**(fields or {}), "csrfmiddlewaretoken": mark[1]}
        answer = self._web.post(self._url + path, data=body, files=files, headers={"Referer": self._url}, timeout=60)
        assert answer.status_code == 200, f"{path}: {answer.status_code}"
        return answer


class Session(Stranger):
    """Somebody who is signed in."""

    def __init__(self, url: str, user: str, password: str, code: Callable[[], str] = str) -> None:
        super().__init__(url)
        page = self.submit("/sign-in/", {"username": user, "password": password})
        if page.url.endswith("/sign-in/code/"):
            self.submit("/sign-in/code/", {"code": code()})

    def set_factor(self) -> list[str]:
        """As the page asks of powerful people; the recovery codes, which it shows once."""
        secret = re.search(r'name="secret" value="([^"]+)"', self.get("/account/factor/").text)
        assert secret is not None
        shown = self.submit("/account/factor/", {"secret": secret[1], "code": pyotp.TOTP(secret[1]).now()})
        return re.findall(r"user-select-all\">([0-9A-Z-]{19})<", shown.text)


class Running:
    """`guiju up` on free ports; `start` returns when everything answers."""

    started: ClassVar[list[Running]] = []

    def __init__(self, folder: Path, *options: str, demo: bool = True, **more: str) -> None:
        self.started.append(self)
        self.folder = folder
        self.port, self.public_port = free_ports()
        self._options = options
        self._demo = demo
        self._more = more
        self.log = folder.parent / f"{folder.name}.log"
        self.process: subprocess.Popen[bytes] | None = None
        self._steps: dict[str, int] = {}
        self._cookies: dict[str, Any] = {}

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.public_port}"

    def start(self, *, seconds: float = 90) -> float:
        """Start and wait; returns the seconds until everything answered."""
        began = time.monotonic()
        command = [
            str(GUIJU),
            "up",
            "--data",
            str(self.folder),
            f"--port={self.port}",
            f"--public-port={self.public_port}",
        ]
        if self._demo:
            command.append("--demo")
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, *self._options],
                env=environment(**self._more),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        while time.monotonic() - began < seconds:
            if self.process.poll() is not None:
                raise AssertionError(self.log.read_text())
            if "已启动" in self.log.read_text() and self.status()["ok"]:
                return time.monotonic() - began
            time.sleep(0.05)
        raise AssertionError(f"not up after {seconds} s: {self.status()}\n{self.log.read_text()}")

    def status(self) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(self.command("status", "--format", "json").stdout)
        return answer

    def command(self, *arguments: str, input: str | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """Another `guiju` command on the same folder."""
        return guiju(*arguments, input=input, GUIJU_DATA=str(self.folder), **{**self._more, **more})

    def accounts(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = json.loads(self.command("demo", "accounts", "--format", "json").stdout)
        return listed

    def account(self, user: str) -> dict[str, Any]:
        return next(account for account in self.accounts() if account["user"] == user)

    def password(self, user: str) -> str:
        return str(self.account(user)["password"])

    def code(self, user: str) -> str:
        """A code that wasn't used yet: the present one, the one after it, or the next when that is gone too."""
        secret = self.account(user)["totp_secret"]
        if secret is None:
            return ""
        otp = pyotp.TOTP(secret)
        step = max(int(time.time()) // otp.interval, self._steps.get(user, 0) + 1)
        while step > int(time.time()) // otp.interval + 1:
            time.sleep(0.2)
        self._steps[user] = step
        return str(otp.generate_otp(step))

    def token(self, user: str) -> str:
        words = {"GUIJU_PASSWORD": self.password(user), "GUIJU_CODE": self.code(user)}
        made = self.command("token", "create", "--member", user, **words)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def signed_in(self, user: str) -> Session:
        return Session(self.url, user, self.password(user), lambda: self.code(user))

    def sign_in(self, page: Page, user: str) -> None:
        """As a person does the first time; later tests of the file find the session as it was left."""
        if user in self._cookies:
            page.context.add_cookies(self._cookies[user])
        page.goto("/")
        if "/sign-in/" in page.url:
            page.get_by_label("用户名").fill(user)
            page.get_by_label("口令").fill(self.password(user))
            page.get_by_role("button", name="登录").click()
            page.wait_for_load_state()
            if page.url.endswith("/sign-in/code/"):
                page.get_by_label("验证码").fill(self.code(user))
                page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("工作台")
        self._cookies[user] = page.context.cookies()

    def stop(self, number: int = signal.SIGINT) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(60)
