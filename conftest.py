"""What all tests share: a data folder and an embedded PostgreSQL of their own.

The database is migrated as its owner and used as the app, like the real one: row-level security
holds in every test. Each test that asks for `db` runs in a transaction that is taken back;
`own_database` gives a copy in which commits are real.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import django
import psycopg
import pytest
from hypothesis import settings

from guiju.database.embedded import EmbeddedServer, place_for
from guiju.database.provision import Database, provision
from guiju.project.folder import open_folder

NAME = "guiju"

settings.register_profile("test", deadline=None)
settings.register_profile("prove", deadline=None, max_examples=10_000)
settings.load_profile("prove" if os.environ.get("GUIJU_PROVE") == "1" else "test")

_folder = open_folder(Path(tempfile.mkdtemp(prefix="guiju-test-")) / "data", make=True)
_server = EmbeddedServer(
    place_for(_folder.path, _folder.instance),
    _folder.secrets["superuser"],
    settings=("fsync=off", "full_page_writes=off", "synchronous_commit=off"),
)
_database = Database(NAME, _server.url(NAME), _folder.secrets)

# Django reads these when it is set up, after this file and before the first test.
os.environ.update(
    DJANGO_SETTINGS_MODULE="guiju.project.settings",
    GUIJU_DATA=str(_folder.path),
    GUIJU_DATABASE_NAME=NAME,
    DATABASE_URL=_database.without_sign_in(),
)
django.setup()


def pytest_unconfigure() -> None:
    _server.stop(immediately=True)
    shutil.rmtree(_server.place.cluster, ignore_errors=True)
    shutil.rmtree(_folder.path.parent, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The slow ones last, so that what breaks in a millisecond is seen at once; `make prove` runs
    all random tests long."""
    items.sort(key=lambda item: "journeys" in item.path.parts)
    for item in items:
        if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
            item.add_marker(pytest.mark.prove)


@pytest.fixture(scope="session")
def server() -> EmbeddedServer:
    """The tests' PostgreSQL, with the roles and an empty database `guiju`."""
    if _server.process is None:
        _server.initialise()
        _server.start()
        provision(_database, ours=True)
    return _server


@pytest.fixture(scope="session")
def database(server: EmbeddedServer) -> Database:
    return _database


@pytest.fixture(scope="session")
def django_db_setup(server: EmbeddedServer, django_db_blocker: pytest.FixtureRequest) -> None:
    """Migrate as the owner, once; no test may change the tables of this database for good."""
    from django.core.management import call_command

    from guiju.organisations.services.setup import install_roles
    from guiju.project.prepare import migrate

    with django_db_blocker.unblock():  # type: ignore[attr-defined]
        migrate()
        install_roles()
        call_command("collectstatic", verbosity=0, interactive=False)


@pytest.fixture(autouse=True)
def quick_passwords(settings) -> None:  # type: ignore[no-untyped-def]
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def own_database(server: EmbeddedServer, django_db_setup: None, django_db_blocker) -> Iterator[Database]:  # type: ignore[no-untyped-def]
    """A copy of the migrated database in which this test commits; dropped afterwards."""
    from django.db import connections

    name = f"copy_{os.getpid()}_{_next()}"
    with django_db_blocker.unblock():
        connections.close_all()
        with psycopg.connect(_server.url("postgres"), autocommit=True) as admin:
            admin.execute(f'CREATE DATABASE {name} TEMPLATE {NAME} OWNER "{NAME}_owner"')
        before = {alias: connections[alias].settings_dict["NAME"] for alias in connections}
        for alias in connections:
            connections[alias].settings_dict["NAME"] = name
        try:
            yield Database(name, _server.url(name), _folder.secrets, named_after=NAME)
        finally:
            connections.close_all()
            for alias, old in before.items():
                connections[alias].settings_dict["NAME"] = old
            with psycopg.connect(_server.url("postgres"), autocommit=True) as admin:
                admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


_count = 0


def _next() -> int:
    global _count
    _count += 1
    return _count
