"""The one way in which a version changes: what an erasure names goes out of its content, all else stays.

The app has no right to update versions. A function that belongs to the owner does it, within the scope that
is set, for versions that stand in an erasure; the part above ties every erasure to a disposal.
"""

from django.db import migrations

from guiju.database.policies import IN_ENTITIES, TenantForeignKey, TenantTable, role

_IN_SCOPE = IN_ENTITIES.format(column="entity_id")

ERASE = f"""
CREATE POLICY for_erasure ON evidence_revision TO {role("owner")} USING {_IN_SCOPE} WITH CHECK {_IN_SCOPE};
CREATE POLICY for_erasure ON evidence_erased FOR SELECT TO {role("owner")} USING {_IN_SCOPE};
CREATE FUNCTION evidence_refuse_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE'
        AND (NEW.id, NEW.entity_id, NEW.entry_id, NEW.position, NEW.subject_type, NEW.subject_id, NEW.number,
             NEW.schema, NEW.digests)
        IS NOT DISTINCT FROM
            (OLD.id, OLD.entity_id, OLD.entry_id, OLD.position, OLD.subject_type, OLD.subject_id, OLD.number,
             OLD.schema, OLD.digests)
        AND EXISTS (SELECT FROM evidence_erased e WHERE e.revision_id = OLD.id)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '存证日志只增不改：% 不允许 %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER insert_only ON evidence_revision;
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON evidence_revision
    FOR EACH ROW EXECUTE FUNCTION evidence_refuse_version();
CREATE FUNCTION evidence_erase(revisions uuid[], contents bytea[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    UPDATE evidence_revision r SET sealed = w.content FROM unnest(revisions, contents) AS w (id, content)
    WHERE r.id = w.id;
$$;
REVOKE ALL ON FUNCTION evidence_erase(uuid[], bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION evidence_erase(uuid[], bytea[]) TO {role("app")};
""" + "".join(
    f"""
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON {table}
    FOR EACH ROW EXECUTE FUNCTION evidence_refuse_rewrite();
CREATE TRIGGER insert_only_truncate BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_rewrite();
"""
    for table in ("evidence_erasure", "evidence_erased")
)


class Migration(migrations.Migration):
    dependencies = [("evidence", "0004_erasures")]

    operations = [
        TenantTable("evidence_erasure", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
        TenantTable("evidence_erased", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
        TenantForeignKey("evidence_erased", "erasure_id", "evidence_erasure"),
        migrations.RunSQL(ERASE, migrations.RunSQL.noop),
    ]
