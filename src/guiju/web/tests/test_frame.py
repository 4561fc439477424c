"""What holds for every page: headers, weight, no foreign host, errors in words."""

from __future__ import annotations

import gzip
import logging
import re
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import OperationalError
from django.test import Client
from psycopg import errors

from guiju.organisations.tests.factories import Group, sign_in
from guiju.web.logs import WithoutValues
from guiju.web.middleware import CONTENT_SECURITY_POLICY

PAGES = ("/", "/companies/", "/companies/register/", "/companies/import/", "/review/", "/password/")
HEAVIEST = 300_000
"""Bytes of a page with all that it loads, compressed."""


@pytest.fixture
def admin(group: Group, client: Client) -> Client:
    sign_in(client, "xitong")
    return client


def loaded_by(page: str) -> set[str]:
    return set(re.findall(r'(?:src|href)="(/static/[^"#]+)', page))


@pytest.mark.parametrize("address", [*PAGES, "/sign-in/", "/nowhere/"])
def test_no_page_runs_what_stands_in_it_or_loads_from_elsewhere(group: Group, client: Client, address: str) -> None:
    if address not in {"/sign-in/"}:
        sign_in(client, "hegui" if address == "/review/" else "xitong")
    answer = client.get(address)
    page = answer.content.decode()
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\bstyle=|\bon[a-z]+=|javascript:", page)
    assert not re.search(r'(?:src|href|action)="(?:https?:)?//', page)


def test_a_page_with_all_it_loads_stays_light(admin: Client) -> None:
    page = admin.get("/companies/").content
    weight = len(gzip.compress(page))
    for address in loaded_by(page.decode()):
        name = re.sub(r"\.[0-9a-f]{12}(?=\.\w+$)", "", address.removeprefix("/static/"))
        found = finders.find(name)
        assert found, address
        weight += len(gzip.compress(Path(found).read_bytes()))
    assert 50_000 < weight < HEAVIEST, weight


def test_every_icon_that_a_page_asks_for_is_there() -> None:
    source = Path(finders.find("vendor/icons.svg") or "").parents[3]
    drawn = set(re.findall('symbol id="([^"]+)"', (source / "web/static/vendor/icons.svg").read_text("utf-8")))
    asked = {
        name
        for page in source.rglob("templates/**/*.html")
        for name in re.findall(r'{% icon "([^"]+)"', page.read_text("utf-8"))
    }

    assert len(asked) > 10 and asked <= drawn


def test_static_files_carry_their_digest_and_may_be_kept(admin: Client) -> None:
    page = admin.get("/companies/").content.decode()
    for address in loaded_by(page):
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", address), address


def test_what_is_missing_is_said_in_words(admin: Client) -> None:
    answer = admin.get("/nowhere/")
    assert answer.status_code == 404 and "没有这个页面" in answer.content.decode()
    assert admin.get("/companies/import/01900000-0000-7000-8000-000000000000/").status_code == 404


@pytest.mark.parametrize(
    ("cause", "words"), [(errors.DiskFull("x"), "磁盘已满"), (errors.AdminShutdown("x"), "数据库暂时没有应答")]
)
def test_a_database_in_trouble_becomes_one_sentence(
    admin: Client, monkeypatch: pytest.MonkeyPatch, cause: Exception, words: str
) -> None:
    def fail(*arguments: object, **named: object) -> None:
        raise OperationalError("x") from cause

    monkeypatch.setattr("guiju.organisations.selectors.provinces_in_use", fail)
    answer = admin.get("/companies/")
    assert answer.status_code == 503 and words in answer.content.decode()


def test_a_fault_of_ours_shows_no_inside(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object, **named: object) -> None:
        raise ZeroDivisionError("秘密")

    monkeypatch.setattr("guiju.organisations.selectors.provinces_in_use", fail)
    admin.raise_request_exception = False
    answer = admin.get("/companies/")
    assert answer.status_code == 500
    assert "程序出了错" in answer.content.decode() and "秘密" not in answer.content.decode()


def test_a_form_without_its_mark_is_not_taken(group: Group) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, "xitong")
    answer = strict.post("/companies/register/", {"name": "x"})
    assert answer.status_code == 403 and "页面已过期" in answer.content.decode()


def test_the_navigation_shows_what_there_is_for_a_role(group: Group, client: Client) -> None:
    seen = {}
    for user in ("xitong", "xiaoshou.a", "hegui"):
        sign_in(client, user)
        seen[user] = re.findall(r'nav-link-title">([^<]+)', client.get("/").content.decode())[:-1]
    assert seen == {
        "xitong": ["工作台", "待办", "期限", "通知", "公司", "成员", "权限", "备份", "文书样张", "规则与法规"],
        "xiaoshou.a": [
            "工作台",
            "客户",
            "商机",
            "订单",
            "待办",
            "期限",
            "通知",
            "公司",
            "合规",
            "审查",
            "权限",
            "文书样张",
            "规则与法规",
        ],
        "hegui": [
            "工作台",
            "投诉",
            "订单",
            "待办",
            "期限",
            "通知",
            "公司",
            "成员",
            "合规",
            "审查",
            "权限",
            "存证",
            "文书样张",
            "规则与法规",
        ],
    }


def test_numbers_on_the_dashboard_open_what_they_count(group: Group, client: Client) -> None:
    sign_in(client, "hegui")
    page = client.get("/").content.decode()
    counted = re.findall(r'<a [^>]*href="(/companies/[^"]*)"[^>]*>(?:<span>[^<]*</span><span>)?(\d+)<', page)
    assert len(counted) >= 3
    for address, count in counted:
        assert f"共 {count} 家" in client.get(address.replace("&amp;", "&")).content.decode()


def test_the_demo_is_marked_and_production_is_not(admin: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "演示数据" not in admin.get("/").content.decode()
    monkeypatch.setattr(settings, "GUIJU_IS_DEMO", True)
    page = admin.get("/").content.decode()
    mark = page[page.index('class="demo-mark"') : page.index("演示数据")]
    assert "no-print" not in mark


def test_a_body_that_is_too_large_is_refused_before_it_is_read(admin: Client, client: Client) -> None:
    stranger = Client()
    for who, path, most in ((stranger, "/sign-in/", 64 * 2**10), (stranger, "/api/v1/companies", 5 * 2**20)):
        told = who.post(path, data=b"", content_type="text/plain", CONTENT_LENGTH=str(most + 1))
        assert told.status_code == 413 and "太大" in told.content.decode(), path
    assert admin.post("/companies/import/", {"file": ""}).status_code == 422
    told = admin.post("/companies/import/", data=b"", content_type="text/plain", CONTENT_LENGTH=str(53 * 2**20))
    assert told.status_code == 413


def test_errors_of_the_api_have_one_shape(group: Group, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    client.raise_request_exception = False
    assert set(client.delete("/api/v1/companies").json()) == {"code", "message", "problems"}

    def fail(*arguments: object, **named: object) -> None:
        raise OperationalError("x") from errors.AdminShutdown("x")

    monkeypatch.setattr("guiju.organisations.middleware.member_of_token", fail)
    told = client.get("/api/v1/companies", headers={"Authorization": "Bearer gj_x"})
    assert told.status_code == 503 and told.json()["code"] == "unavailable"
    monkeypatch.setattr("guiju.organisations.middleware.member_of_token", lambda *a, **b: 1 / 0)
    told = client.get("/api/v1/companies", headers={"Authorization": "Bearer gj_x"})
    assert told.status_code == 500 and told.json()["code"] == "fault"


def test_a_session_that_ended_loses_nothing_that_was_typed(group: Group, client: Client) -> None:
    typed = {"name": "填了一半的公司", "password": "secret-value"}
    told = client.post("/companies/register/", typed)
    page = told.content.decode()
    assert told.status_code == 401 and "登录已过期" in page
    assert 'value="填了一半的公司"' in page and "secret-value" not in page
    piece = client.get("/companies/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/companies/"})
    assert piece.status_code == 204 and piece["HX-Redirect"] == "/sign-in/?next=/companies/"


def test_a_form_from_before_the_sign_in_can_be_sent_again_but_not_one_of_another_site(group: Group) -> None:
    strict = Client(enforce_csrf_checks=True)
    sign_in(strict, "xitong")
    for origin, kept in (("http://testserver", True), ("https://evil.example", False)):
        told = strict.post("/companies/register/", {"name": "填好的"}, headers={"Origin": origin})
        assert told.status_code == 403
        assert ('value="填好的"' in told.content.decode()) == kept


def test_no_value_of_a_record_comes_into_a_log() -> None:
    form = WithoutValues("%(message)s")
    said = "null value\nDETAIL:  Failing row contains (王小明, 13812345678).\nCONTEXT:  x\nend"
    try:
        raise ValueError(said)
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "x", 1, "failed", None, sys.exc_info())
    written = form.format(record)
    assert "王小明" not in written and "null value" in written and "end" in written
