"""What all tests share: a data folder and an embedded PostgreSQL of their own (tools/scratch.py).

Each test that asks for `db` runs in a transaction that is taken back; `own_database` gives a copy
in which commits are real.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from tools import scratch

from guiju.database.embedded import EmbeddedServer
from guiju.database.provision import Database

if TYPE_CHECKING:
    from guiju.organisations.tests.factories import Group

# Playwright leaves an event loop behind in the thread of the tests, of which Django would be afraid.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

# Where a submission is judged (CI), the same cases each time: what chance finds is found by those who work on it.
settings.register_profile("test", deadline=None, derandomize="CI" in os.environ)
settings.register_profile("prove", deadline=None, max_examples=10_000)
settings.load_profile("prove" if os.environ.get("GUIJU_PROVE") == "1" else "test")

_copies = count(1)

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_unconfigure() -> None:
    scratch.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The slow ones last, so that what breaks in a millisecond is seen at once; but first where two
    processes share the work, so that neither waits for the other's at the end. `make prove` runs all
    random tests long."""
    is_shared = hasattr(config, "workerinput")
    items.sort(key=lambda item: ("journeys" in item.path.parts) != is_shared)
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.prove)


@pytest.fixture(scope="session")
def server() -> EmbeddedServer:
    """The tests' PostgreSQL, with the roles and an empty database `guiju`."""
    scratch.start()
    return scratch.server


@pytest.fixture(scope="session")
def database(server: EmbeddedServer) -> Database:
    return scratch.database


@pytest.fixture(scope="session")
def django_db_setup(server: EmbeddedServer, django_db_blocker: pytest.FixtureRequest) -> None:
    """Migrate once; no test may change the tables of this database for good."""
    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        scratch.fill()


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def group(db: None) -> Group:
    """A headquarters with two companies and a few people, gone after the test."""
    from guiju.organisations.tests.factories import found_group

    return found_group()


@contextmanager
def copied_database(server: EmbeddedServer, django_db_blocker: Any) -> Iterator[Database]:
    """A copy of the migrated database in which commits are real; dropped afterwards."""
    from django.db import connections

    name = f"copy_{os.getpid()}_{next(_copies)}"
    with django_db_blocker.unblock():
        connections.close_all()
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE {name} TEMPLATE {scratch.NAME} OWNER "{scratch.NAME}_owner"')
        before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
        for alias in connections:
            connections[alias].settings_dict["NAME"] = name
        try:
            yield Database(name, server.url(name), scratch.folder.secrets, named_after=scratch.NAME)
        finally:
            connections.close_all()
            for alias, old in before.items():
                connections[alias].settings_dict["NAME"] = old
            with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def own_database(server: EmbeddedServer, django_db_setup: None, django_db_blocker: Any) -> Iterator[Database]:
    """A copy of the migrated database in which this test commits."""
    with copied_database(server, django_db_blocker) as database:
        yield database


@pytest.fixture(scope="module")
def module_database(server: EmbeddedServer, django_db_setup: None, django_db_blocker: Any) -> Iterator[Database]:
    """One copy for the tests of a module that commit little and don't mind each other."""
    with copied_database(server, django_db_blocker) as database:
        yield database


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, driven by Playwright; skips where there is none."""
    found = [shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")]
    path = os.environ.get("GUIJU_CHROMIUM") or next(filter(None, found), None)
    if path is None:
        pytest.skip("there is no Chromium: make test installs it where it may")
    sandbox = () if os.geteuid() else ("--no-sandbox",)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*QUIET, *sandbox])
        yield browser
        browser.close()
