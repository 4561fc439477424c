"""Row-level security, grants and composite keys as migration operations.

Every table belongs to exactly one of two kinds: a tenant table (`TenantTable`), whose rows belong
to a legal entity and hide from everyone else, or a shared table (`SharedTable`), listed with the
reason why it has no `entity_id`. A test walks the catalogue of the database and knows no third.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from guiju.database.provision import role_name

_SETTING = "(SELECT NULLIF(current_setting('guiju.{name}', true), '')::{type})"

IN_ENTITIES = f"({{column}} = ANY ({_SETTING.format(name='entities', type='uuid[]')}::uuid[]))"
"""True for business rows of the companies in scope; with none set it is NULL, and no row shows."""

IN_STRUCTURE = (
    "(EXISTS (SELECT 1 FROM organisations_entitypath WHERE descendant_id = {column}"
    f" AND ancestor_id = ANY ({_SETTING.format(name='trees', type='uuid[]')}::uuid[])) OR {IN_ENTITIES})"
)
"""True for structure rows of the companies in scope and of those below the trees in scope."""

IS_SELF = f"({{column}} = {_SETTING.format(name='user', type='uuid')})"
"""True for rows of the signed-in user."""

TENANT_TABLES: set[str] = set()
"""Tables whose rows belong to a company, as the migrations declared them."""

SHARED_TABLES: dict[str, str] = {}
"""Table without `entity_id` to the reason, as the migrations declared them."""


DROPPED_TABLES: set[str] = set()
"""Tables that a later migration took away again."""


def role(name: str) -> str:
    """The quoted database role, e.g. `"guiju_app"`."""
    return '"' + role_name(settings.GUIJU_ROLE_PREFIX, name) + '"'


class TenantTable(migrations.RunSQL):
    """Force row-level security on a table and give the app role these rights.

    `inside` is the condition for rows in sight: `IN_ENTITIES` for business rows, `IN_STRUCTURE`
    for structure. `also` widens what may be read (never what may be written); `system` maps a
    database role to its rights: these roles see every row.
    """

    def __init__(
        self,
        table: str,
        *,
        rights: str = "SELECT, INSERT, UPDATE",
        inside: str = IN_ENTITIES,
        also: str = "",
        system: dict[str, str] | None = None,
    ) -> None:
        TENANT_TABLES.add(table)
        condition = inside.format(column="entity_id")
        identity = f"{table}_entity_id_id"
        statements = [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY in_scope ON {table} TO {role('app')} USING {condition} WITH CHECK {condition}",
            f"GRANT {rights} ON {table} TO {role('app')}",
            f"ALTER TABLE {table} ADD CONSTRAINT {identity} UNIQUE (entity_id, id)",
            f"ALTER TABLE {table} REPLICA IDENTITY USING INDEX {identity}",
        ]
        if also:
            statements.append(f"CREATE POLICY also_readable ON {table} FOR SELECT TO {role('app')} USING {also}")
        for name, granted in (system or {}).items():
            statements += [
                f"CREATE POLICY for_{name} ON {table} TO {role(name)} USING (true) WITH CHECK (true)",
                f"GRANT {granted} ON {table} TO {role(name)}",
            ]
        super().__init__(sql=[*statements], reverse_sql=migrations.RunSQL.noop)


class SharedTable(migrations.RunSQL):
    """Grant rights on a table that has no `entity_id`; `why` says why that is right."""

    def __init__(
        self,
        table: str,
        *,
        rights: str,
        why: str,
        sequence: str = "",
        system: dict[str, str] | None = None,
    ) -> None:
        SHARED_TABLES[table] = why
        statements = [f"GRANT {rights} ON {table} TO {role('app')}"] if rights else []
        if sequence:
            statements.append(f"GRANT USAGE, SELECT ON SEQUENCE {sequence} TO {role('app')}")
        statements += [f"GRANT {granted} ON {table} TO {role(name)}" for name, granted in (system or {}).items()]
        super().__init__(sql=[*statements] or migrations.RunSQL.noop, reverse_sql=migrations.RunSQL.noop)


class DroppedTable(migrations.RunSQL):
    """Says that a table declared by an earlier migration is gone (the model's deletion drops it)."""

    def __init__(self, table: str) -> None:
        DROPPED_TABLES.add(table)
        super().__init__(sql=migrations.RunSQL.noop, reverse_sql=migrations.RunSQL.noop)


class TenantForeignKey(migrations.RunSQL):
    """The composite twin of a foreign key between tenant tables.

    Foreign-key checks pass row-level security by; (entity_id, x_id) makes the database itself
    refuse a row of one entity that points to a row of another.
    """

    def __init__(self, table: str, column: str, target: str) -> None:
        super().__init__(
            sql=(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_{column}_same_entity "
                f"FOREIGN KEY (entity_id, {column}) REFERENCES {target} (entity_id, id) DEFERRABLE INITIALLY DEFERRED"
            ),
            reverse_sql=f"ALTER TABLE {table} DROP CONSTRAINT {table}_{column}_same_entity",
        )


@contextmanager
def rows_of_every_entity(schema_editor: BaseDatabaseSchemaEditor, *tables: str) -> Iterator[None]:
    """Let a data migration see all rows: FORCE is lifted inside its transaction, then set again.

    Without this the owner's UPDATE changes 0 rows and says nothing; so a data migration also
    asserts how many rows it changed.
    """
    if not schema_editor.connection.in_atomic_block:
        raise RuntimeError("a data migration over tenant rows needs its transaction (atomic = True)")
    for table in tables:
        schema_editor.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    yield
    for table in tables:
        schema_editor.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def catalogue_of_tables(cursor: Any) -> set[str]:
    """Every table of the public schema, from the database itself."""
    cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    return {name for (name,) in cursor.fetchall()}
