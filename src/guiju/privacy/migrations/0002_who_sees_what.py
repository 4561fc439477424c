"""Row-level security of the catalogue, notices and consents.

The catalogue, its assessments and the notices say nothing of any person: they are structure, so that who
looks after privacy in a company above sees them. People and their consents are business.
"""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, SharedTable, TenantForeignKey, TenantTable, role

REFUSED = f"""
CREATE FUNCTION privacy_refused_among(wanted bytea[]) RETURNS TABLE (key bytea, since timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
    SELECT r.key, max(r.at) FROM privacy_refusal r WHERE r.key = ANY (wanted) GROUP BY r.key
$$;
REVOKE ALL ON FUNCTION privacy_refused_among(bytea[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION privacy_refused_among(bytea[]) TO {role("app")};
"""
"""Which of these addresses refused, in whichever company, and when last: asked by key, it lists nothing."""


class Migration(migrations.Migration):
    dependencies = [("privacy", "0001_initial"), ("organisations", "0007_disclosures")]

    operations = [
        TenantTable("privacy_cataloguefield", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantTable("privacy_assessment", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("privacy_assessment", "field_id", "privacy_cataloguefield"),
        TenantTable("privacy_privacynotice", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantTable("privacy_subject", system={"verifier": "SELECT"}),
        TenantTable("privacy_collection", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
        TenantForeignKey("privacy_collection", "notice_id", "privacy_privacynotice"),
        TenantTable("privacy_consent", system={"verifier": "SELECT"}),
        TenantForeignKey("privacy_consent", "subject_id", "privacy_subject"),
        TenantForeignKey("privacy_consent", "notice_id", "privacy_privacynotice"),
        TenantForeignKey("privacy_consent", "follows_id", "privacy_consent"),
        TenantTable("privacy_consentrequest", system={"verifier": "SELECT"}),
        TenantForeignKey("privacy_consentrequest", "subject_id", "privacy_subject"),
        TenantForeignKey("privacy_consentrequest", "notice_id", "privacy_privacynotice"),
        TenantTable("privacy_refusal", rights="SELECT, INSERT", system={"verifier": "SELECT", "owner": "SELECT"}),
        migrations.RunSQL(REFUSED, reverse_sql="DROP FUNCTION privacy_refused_among(bytea[])"),
        SharedTable(
            "privacy_consentlink",
            rights="SELECT, INSERT, DELETE",
            why="digests of secrets and ids: who opens a link is a stranger, no company is known before it is looked up",
        ),
    ]
