"""An empty database gets all tables at once, and they are those that the migrations make."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from tools import scratch
from tools.first_schema import recorded_anew

from guiju.database.embedded import EmbeddedServer
from guiju.database.provision import Database, provision
from guiju.project import first_schema
from guiju.project.first_schema import FILE, make_tables


@pytest.fixture
def empty(server: EmbeddedServer, django_db_blocker: Any) -> Iterator[Database]:
    """A database without any table, to which this test's connection of the owner leads."""
    owner, before = connections["owner"], connections["owner"].settings_dict["NAME"]
    name = "first_schema"
    made = Database(name, server.url(name), scratch.folder.secrets, named_after=scratch.NAME)
    with django_db_blocker.unblock(), psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE {name} OWNER "{scratch.NAME}_owner"')
        provision(made, ours=False)
        owner.close()
        owner.settings_dict["NAME"] = name
        try:
            yield made
        finally:
            owner.close()
            owner.settings_dict["NAME"] = before
            admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def shape(server: EmbeddedServer, name: str) -> str:
    """All that was made in a database, in words."""
    told = subprocess.run(
        [server.place.binaries / "bin" / "pg_dump", "--schema-only", "--no-publications", server.url(name)],
        capture_output=True,
        text=True,
        check=True,
    )
    # A token against injection, another one each time.
    return "\n".join(line for line in told.stdout.splitlines() if not line.startswith(("\\restrict", "\\unrestrict")))


def applied(server: EmbeddedServer, name: str) -> set[tuple[str, str]]:
    with psycopg.connect(server.url(name)) as admin:
        return set(admin.execute("SELECT app, name FROM django_migrations").fetchall())


def test_it_is_what_the_migrations_make(server: EmbeddedServer, django_db_setup: None, empty: Database) -> None:
    assert recorded_anew() == FILE.read_text("utf-8"), "run make docs"
    assert applied(server, empty.name) == applied(server, scratch.NAME)
    # What the program grants the verifier beside the migrations is only in the one that is in use.
    from guiju.evidence.grants import let_verifier_read

    let_verifier_read(connections["owner"])
    assert shape(server, empty.name) == shape(server, scratch.NAME)


def test_a_file_of_other_migrations_and_a_database_that_holds_something_are_left(
    server: EmbeddedServer, empty: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale = tmp_path / "stale.sql"
    stale.write_text(FILE.read_text("utf-8").replace("-- ", "-- 0", 1), "utf-8")
    monkeypatch.setattr(first_schema, "FILE", stale)
    assert not make_tables(MigrationExecutor(connections["owner"]))
    monkeypatch.setattr(first_schema, "FILE", tmp_path / "none.sql")
    assert not make_tables(MigrationExecutor(connections["owner"]))
    monkeypatch.undo()
    call_command("migrate", "sessions", database="owner", verbosity=0, interactive=False)
    assert not make_tables(MigrationExecutor(connections["owner"]))
    assert {app for app, _ in applied(server, empty.name)} == {"sessions"}
