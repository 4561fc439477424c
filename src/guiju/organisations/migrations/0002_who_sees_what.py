"""Row-level security and grants of the group's structure, and the table that holds its shape."""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, IS_SELF, SharedTable, TenantForeignKey, TenantTable, role

STRUCTURE = "SELECT, INSERT, UPDATE"

# The company is the tenant itself: its id takes the part that entity_id has elsewhere. A new one
# must stand below a company in sight; the group company comes first, once, into an empty table.
ENTITY = [
    "ALTER TABLE organisations_entity ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE organisations_entity FORCE ROW LEVEL SECURITY",
    "CREATE UNIQUE INDEX organisations_entity_one_root ON organisations_entity ((parent_id IS NULL)) "
    "WHERE parent_id IS NULL",
    f"GRANT SELECT, INSERT, UPDATE (name, region, sector, went_live_on) ON organisations_entity TO {role('app')}",
    f"CREATE POLICY in_scope ON organisations_entity FOR SELECT TO {role('app')} USING {IN_STRUCTURE.format(column='id')}",
    f"CREATE POLICY changed ON organisations_entity FOR UPDATE TO {role('app')} "
    f"USING {IN_STRUCTURE.format(column='id')} WITH CHECK {IN_STRUCTURE.format(column='id')}",
    f"CREATE POLICY founded ON organisations_entity FOR INSERT TO {role('app')} WITH CHECK "
    f"({IN_STRUCTURE.format(column='parent_id')} OR "
    "(parent_id IS NULL AND NOT EXISTS (SELECT 1 FROM organisations_entitypath)))",
    f"CREATE POLICY for_verifier ON organisations_entity FOR SELECT TO {role('verifier')} USING (true)",
    f"GRANT SELECT ON organisations_entity TO {role('verifier')}",
]

PATHS = """
CREATE FUNCTION organisations_paths_of_new_entities() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO organisations_entitypath (ancestor_id, descendant_id, depth)
    SELECT above.ancestor_id, fresh.id, above.depth + 1
    FROM new_entities fresh JOIN organisations_entitypath above ON above.descendant_id = fresh.parent_id
    UNION ALL SELECT id, id, 0 FROM new_entities;
    RETURN NULL;
END $$;
CREATE TRIGGER paths_of_new_entities AFTER INSERT ON organisations_entity
    REFERENCING NEW TABLE AS new_entities
    FOR EACH STATEMENT EXECUTE FUNCTION organisations_paths_of_new_entities();
"""
# One statement never brings a company together with the company above it: the policy `founded`
# asks for a parent that is in sight.


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0001_initial"),
        ("sessions", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("procrastinate", "__latest__"),
    ]

    operations = [
        migrations.RunSQL(ENTITY, migrations.RunSQL.noop),
        migrations.RunSQL(PATHS, migrations.RunSQL.noop),
        TenantTable("organisations_department", rights=STRUCTURE, inside=IN_STRUCTURE),
        TenantForeignKey("organisations_department", "parent_id", "organisations_department"),
        TenantTable(
            "organisations_member",
            rights=STRUCTURE,
            inside=IN_STRUCTURE,
            also=IS_SELF.format(column="user_id"),
            system={"verifier": "SELECT"},
        ),
        TenantForeignKey("organisations_member", "department_id", "organisations_department"),
        TenantTable("organisations_memberrole", rights="SELECT, INSERT", inside=IN_STRUCTURE),
        TenantForeignKey("organisations_memberrole", "member_id", "organisations_member"),
        TenantTable("organisations_companyimport", rights=STRUCTURE),
        TenantForeignKey("organisations_companyimport", "member_id", "organisations_member"),
        SharedTable(
            "organisations_entitypath",
            rights="SELECT",
            system={"verifier": "SELECT"},
            why="ids only: the shape of the group, read to compute who sees what; written by a trigger",
        ),
        SharedTable(
            "organisations_user",
            rights="SELECT, INSERT, UPDATE",
            why="a person signs in before any company is known and may belong to several",
        ),
        SharedTable(
            "organisations_role",
            rights="SELECT, INSERT, UPDATE",
            why="the permission matrix is one for the whole group and holds nobody's data",
        ),
        SharedTable(
            "organisations_grant",
            rights="SELECT, INSERT, UPDATE, DELETE",
            sequence="organisations_grant_id_seq",
            why="the permission matrix is one for the whole group and holds nobody's data",
        ),
        SharedTable(
            "organisations_token",
            rights="SELECT, INSERT, UPDATE",
            why="looked up by digest before anyone's company is known; holds ids and digests only",
        ),
        SharedTable("organisations_installation", rights="SELECT, INSERT", why="one row about the database itself"),
        SharedTable(
            "django_session",
            rights="SELECT, INSERT, UPDATE, DELETE",
            why="a session exists before sign-in",
        ),
        SharedTable("django_content_type", rights="", why="Django's list of models; unused"),
        SharedTable("django_migrations", rights="SELECT", why="the list of migrations"),
        SharedTable("auth_permission", rights="", why="Django's permissions are not used: no rights on them"),
        SharedTable("auth_group", rights="", why="Django's groups are not used: no rights on them"),
        SharedTable("auth_group_permissions", rights="", why="Django's groups are not used: no rights on them"),
        *[
            SharedTable(
                f"procrastinate_{name}",
                rights="SELECT, INSERT, UPDATE, DELETE",
                sequence=f"procrastinate_{name}_id_seq",
                why="the queue: arguments are ids only, each job opens its own scope",
            )
            for name in ("jobs", "events", "periodic_defers", "workers")
        ],
    ]
