"""Row-level security of the catalogue, notices and consents.

The catalogue, its assessments and the notices say nothing of any person: they are structure, so that who
looks after privacy in a company above sees them. People and their consents are business.
"""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable


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
    ]
