"""Two listeners: the staff app, and a public one that knows none of its addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tests.journeys.running import Running, ask

EXAMPLES = {"uuid": "01900000-0000-7000-8000-000000000000", "str": "x", "int": "1", "slug": "x", "path": "x"}
SHARED = {"/", "/health", "/log/checkpoint", "/log/tile/1/x", f"/proof/{EXAMPLES['uuid']}/"}
"""What both answer: the front pages, and what of the log is for everybody."""


def addresses(patterns: list[URLPattern | URLResolver], start: str = "/") -> Iterator[str]:
    """Every address of an urlconf, with an example in each variable part."""
    for one in patterns:
        path = str(one.pattern).lstrip("^").rstrip("$")
        path = re.sub(r"\(\?P<\w+>(\w+)[^)]*\)", r"\1", path).replace("\\.", ".")
        path = start + re.sub(r"<(?:(\w+):)?\w+>", lambda found: EXAMPLES[found[1] or "str"], path)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, path)
        else:
            yield path


STAFF = sorted({*addresses(get_resolver("guiju.project.urls").url_patterns)} - SHARED)


def test_the_list_of_staff_addresses_is_whole() -> None:
    assert {"/sign-in/", "/companies/", "/companies/export.csv", "/api/v1/companies"} <= set(STAFF)
    assert len(STAFF) >= 20


def test_they_do_answer_on_the_staff_listener(running: Running) -> None:
    known = [path for path in STAFF if ask(running.url, path)[0].status in {200, 302, 401, 405}]
    assert len(known) >= len(STAFF) - 2  # the bare root of the API has no page, and x is nobody's calendar


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_staff_address_answers_on_the_public_listener(running: Running, method: str) -> None:
    for path in STAFF:
        on_public, page = ask(running.public_url, path, method)
        assert on_public.status == 404, path
        assert on_public.getheader("Set-Cookie") is None
        assert "登录" not in page


def test_walking_the_public_pages_leads_to_no_staff_address(running: Running) -> None:
    seen: set[str] = set()
    todo = ["/"]
    while todo:
        path = todo.pop()
        answer, page = ask(running.public_url, path)
        assert answer.status == 200, path
        assert answer.getheader("Content-Security-Policy")
        seen.add(path)
        links = set(re.findall(r'(?:href|src|action|hx-get|hx-post)="([^"#]+)"', page)) if "<html" in page else set()
        assert not [link for link in links if "//" in link or f":{running.port}" in link]
        todo += [link for link in links - seen if link not in todo]
    assert "/" in seen and not seen & set(STAFF)


def test_a_foreign_host_name_is_not_served(running: Running) -> None:
    for url in (running.url, running.public_url):
        assert ask(url, "/", headers={"Host": "evil.example"})[0].status == 400


def test_both_say_that_they_live_and_nothing_more(running: Running) -> None:
    for url in (running.url, running.public_url):
        assert ask(url, "/health")[1] == '{"ok": true}'
