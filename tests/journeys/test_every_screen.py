"""Every screen is reached by clicks from 工作台: links are followed in a browser, as four people see them."""

from __future__ import annotations

from collections import Counter
from urllib.parse import urlsplit

import pytest
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page

from tests.journeys.running import Running
from tests.test_access_walk import POSTED, address_names

pytestmark = pytest.mark.browser

PEOPLE = ("system.admin", "security.admin", "audit.admin", "compliance", "legal")

ELSEWHERE = {
    "health": "for the machine that looks whether all is well",
    "sign_in": "before anything else",
    "sign_in_code": "after a password, for who has a second factor",
    "activate_account": "from the link of an invitation, and from the sign-in page",
    "step_up": "sent there when a right that asks for it came after signing in",
    "suggest_companies": "asked by the field while one types",
    "suggest_regions": "asked by the field while one types",
    "company_import": "after a file was sent",
    "import_errors": "after a file was sent",
    "check_detail": "after a text was reviewed (test_review.py)",
    "export_check": "after a text was reviewed (test_review.py)",
    "relation_agreement": "after a relation was entered (test_relations.py)",
    "change_role": "after a role of one's own was set up (test_role_pages.py)",
    "intake": "after a list was sent (test_directory.py)",
    "intake_lines": "after a list was sent (test_directory.py)",
    "start_provider": "from the sign-in page, where a provider is configured (test_directory.py)",
    "provider_back": "from the provider (test_directory.py)",
    "log_checkpoint": "for programs (test_evidence.py)",
    "log_entries": "for programs (test_audit_pages.py)",
    "log_tile": "for programs (test_evidence.py)",
    "public_proof": "from the code on a certificate (test_audit_pages.py)",
    "duty_feed": "for calendar programs (test_duties.py)",
    "document_picture": "the picture in the gallery (test_documents.py)",
    "hand_over_task": "from a task in hand (test_tasks.py)",
}
"""Pages to which no link leads in a fresh demo, and what does."""

MANY_OF = {"company_detail": 9}
"""Not every company has departments."""

DOWNLOADS = ("checkpoint.txt", "export", "matrix.", ".xlsx", ".csv", ".json")


def test_every_screen_is_reached_by_clicks(chromium: Browser, running: Running) -> None:
    reached: set[str] = set()
    for person in PEOPLE:
        context = chromium.new_context(base_url=running.url, locale="zh-CN")
        context.set_default_timeout(15_000)
        page = context.new_page()
        running.sign_in(page, person)
        reached |= follow(page, running.url)
        context.close()
    wanted = {name for name, _ in address_names()} - POSTED - ELSEWHERE.keys()
    assert wanted - reached == set()


def follow(page: Page, home: str) -> set[str]:
    """The names of all pages to which links lead from here; one page of each kind is opened."""
    seen: set[str] = {"dashboard"}
    opened: Counter[str] = Counter(dashboard=1)
    waiting, known = links_of(page, home), set()
    while waiting:
        address = waiting.pop(0)
        if address in known:
            continue
        known.add(address)
        try:
            name = resolve(urlsplit(address).path).url_name or ""
        except Resolver404:
            continue
        opened[name] += 1
        if opened[name] > MANY_OF.get(name, 1):
            continue
        seen.add(name)
        if any(mark in address for mark in DOWNLOADS):
            continue
        answer = page.goto(address)
        assert answer is not None and answer.status == 200, f"{address}: {answer and answer.status}"
        waiting += links_of(page, home)
    return seen


def links_of(page: Page, home: str) -> list[str]:
    found: list[str] = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    return [one for one in found if one.startswith(home)]
