"""Every table is decided: whose rows they are, and whether the log commits to them."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

from guiju.database.policies import DROPPED_TABLES, SHARED_TABLES, TENANT_TABLES, catalogue_of_tables
from guiju.evidence.registry import COMMITTED, EXCLUDED

ITSELF = {"organisations_entity"}
"""The tenant table whose own id is the entity."""

NOT_OURS = ("django_", "auth_", "procrastinate_", "evidence_")

pytestmark = pytest.mark.django_db


def rows(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def test_every_table_belongs_to_companies_or_is_listed_with_a_reason() -> None:
    with connection.cursor() as cursor:
        tables = catalogue_of_tables(cursor)
    assert tables == (TENANT_TABLES | set(SHARED_TABLES) | ITSELF) - DROPPED_TABLES
    assert not TENANT_TABLES & set(SHARED_TABLES)
    assert all(SHARED_TABLES.values())


def test_row_level_security_is_forced_on_every_tenant_table() -> None:
    forced = {name for (name,) in rows("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity")}
    assert forced == TENANT_TABLES | ITSELF


def test_every_tenant_table_has_its_entity_as_replica_identity() -> None:
    identities = rows(
        "SELECT t.relname, array_agg(a.attname ORDER BY a.attname) FROM pg_index i"
        " JOIN pg_class t ON t.oid = i.indrelid"
        " JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = ANY (i.indkey)"
        " WHERE i.indisreplident GROUP BY t.relname"
    )
    assert {str(table): columns for table, columns in identities} == {
        table: ["entity_id", "id"] for table in TENANT_TABLES
    }


def test_every_foreign_key_between_tenant_tables_has_its_composite_twin() -> None:
    keys = rows(
        "SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,"
        " (SELECT array_agg(a.attname::text ORDER BY a.attname) FROM pg_attribute a"
        "  WHERE a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey))"
        " FROM pg_constraint c WHERE c.contype = 'f'"
    )
    between = {(table, target, *columns) for table, target, columns in keys if {table, target} <= TENANT_TABLES}  # type: ignore[misc]
    plain = {key for key in between if len(key) == 3}
    twins = {
        (table, target, next(c for c in columns if c != "entity_id"))
        for table, target, *columns in between
        if len(columns) == 2
    }
    # An erasure stands on a disposal, of which the part below knows the id only.
    wanted = twins - {("evidence_erasure", "archives_disposal", "ground_id")}
    assert plain and plain <= wanted
    # Where a table grows by the million, the plain key is left out, and its twin checks alone.
    assert wanted == {
        (model._meta.db_table, field.related_model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.is_relation and {model._meta.db_table, field.related_model._meta.db_table} <= TENANT_TABLES
        if field.column != "entity_id"
    }


def test_the_app_owns_nothing_and_may_not_shed_the_policies() -> None:
    [(is_super, bypasses, owns)] = rows(
        "SELECT rolsuper, rolbypassrls, EXISTS (SELECT 1 FROM pg_class WHERE relowner = r.oid)"
        " FROM pg_roles r WHERE rolname = current_user"
    )
    assert (is_super, bypasses, owns) == (False, False, False)


def test_every_table_of_ours_is_committed_or_excluded_with_a_reason() -> None:
    with connection.cursor() as cursor:
        ours = {table for table in catalogue_of_tables(cursor) if not table.startswith(NOT_OURS)}
    committed = {model._meta.db_table for model in COMMITTED}
    # Of its own tables the log commits to two, its verifications and erasures; the others it is made of.
    assert committed | set(EXCLUDED) == ours | {"evidence_verification", "evidence_erasure", "evidence_erased"}
    assert not committed & set(EXCLUDED)
    assert all(EXCLUDED.values())


def test_every_committed_column_is_decided() -> None:
    for model, committed in COMMITTED.items():
        columns = {column.attname for column in model._meta.concrete_fields}
        assert columns == {*committed.columns, *committed.derived, *committed.excluded}, model


@pytest.mark.django_db(databases=["default", "owner"])
def test_models_and_migrations_agree() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)
