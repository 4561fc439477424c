"""Roles and rights of the database, and the versions that will do."""

from __future__ import annotations

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg.conninfo import conninfo_to_dict

from guiju.database import provision as module
from guiju.database.embedded import EmbeddedServer
from guiju.database.provision import Database, provision
from guiju.kernel.errors import Refused


def test_a_server_that_is_too_old_is_refused_with_its_version(
    server: EmbeddedServer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "OLDEST_VERSION", 990000)
    with pytest.raises(Refused, match=r"PostgreSQL 18，需要 99 或更新"):
        provision(database, ours=False)


def test_provisioning_again_changes_nothing(server: EmbeddedServer, database: Database) -> None:
    def rights() -> list[tuple[object, ...]]:
        with psycopg.connect(server.url("postgres")) as admin:
            return admin.execute(
                "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolbypassrls, rolreplication FROM pg_roles"
                " WHERE rolname LIKE 'guiju%' ORDER BY 1"
            ).fetchall()

    before = rights()
    provision(database, ours=True)
    assert rights() == before
    assert [row for row in before if any(row[1:5])] == [("guiju_super", True, True, True, True, True)]


def test_an_index_may_answer_what_a_value_contains_where_row_level_security_holds(
    server: EmbeddedServer, database: Database
) -> None:
    with psycopg.connect(server.url(database.name), autocommit=True) as admin:
        admin.execute("ALTER FUNCTION jsonb_contains(jsonb, jsonb) NOT LEAKPROOF")
        provision(database, ours=True)
        assert admin.execute("SELECT proleakproof FROM pg_proc WHERE proname = 'jsonb_contains'").fetchall() == [
            (True,)
        ]


def test_nobody_but_the_roles_may_connect(server: EmbeddedServer, database: Database) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute("CREATE ROLE passer_by LOGIN PASSWORD 'x'")
        try:
            with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
                psycopg.connect(server.url(database.name, "passer_by", "x"))
        finally:
            admin.execute("DROP ROLE passer_by")


@given(
    password=st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x00"), min_size=1, max_size=20),
    host=st.sampled_from(["/run/规矩 a", "127.0.0.1", "::1", "db.example.cn"]),
    port=st.sampled_from(["", "5433"]),
)
def test_a_url_says_what_the_parts_said(password: str, host: str, port: str) -> None:
    parts = {"host": host, "dbname": "guiju", "user": "x", "password": "y", **({"port": port} if port else {})}
    given = Database("guiju", psycopg.conninfo.make_conninfo(**parts), {"app": password})
    read = conninfo_to_dict(given.url("app"))
    assert (read["host"], read["dbname"], read["user"], read["password"]) == (host, "guiju", "guiju_app", password)
    assert read.get("port", "") == port
    assert "user" not in conninfo_to_dict(given.without_sign_in())
