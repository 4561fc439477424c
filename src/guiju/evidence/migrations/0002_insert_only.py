"""Row-level security and grants of the log, and the trigger that refuses every rewrite."""

from django.db import migrations

from guiju.database.policies import SharedTable, TenantForeignKey, TenantTable

REFUSE = """
CREATE FUNCTION evidence_refuse_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '存证日志只增不改：% 不允许 %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON evidence_entry
    FOR EACH ROW EXECUTE FUNCTION evidence_refuse_rewrite();
CREATE TRIGGER insert_only_truncate BEFORE TRUNCATE ON evidence_entry
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_rewrite();
CREATE TRIGGER insert_only_truncate BEFORE TRUNCATE ON evidence_revision
    FOR EACH STATEMENT EXECUTE FUNCTION evidence_refuse_rewrite();
"""

RESTORE = """
DROP TRIGGER insert_only ON evidence_entry;
DROP TRIGGER insert_only_truncate ON evidence_entry;
DROP TRIGGER insert_only_truncate ON evidence_revision;
DROP FUNCTION evidence_refuse_rewrite();
"""


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [
        TenantTable(
            "evidence_entry",
            rights="SELECT, INSERT",
            system={"sequencer": "SELECT", "verifier": "SELECT"},
        ),
        TenantTable("evidence_revision", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
        TenantForeignKey("evidence_revision", "entry_id", "evidence_entry"),
        SharedTable(
            "evidence_pending",
            rights="INSERT",
            system={"sequencer": "SELECT, DELETE", "verifier": "SELECT"},
            why="ids of entries only; the sequencer works for all entities at once",
        ),
        migrations.RunSQL(REFUSE, RESTORE),
    ]
