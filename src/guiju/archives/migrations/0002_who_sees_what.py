"""Row-level security of holds and disposals; an erasure in the log stands on a disposal, or not at all.

The register says how much and why: it is structure, so that who decides in a company above sees it. Whose
data it was is business.
"""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("archives", "0001_initial"), ("evidence", "0005_erasure_by_disposal")]

    operations = [
        TenantTable("archives_disposal", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantTable("archives_disposalitem", system={"verifier": "SELECT"}),
        TenantForeignKey("archives_disposalitem", "disposal_id", "archives_disposal"),
        TenantTable("archives_hold", system={"verifier": "SELECT"}),
        TenantForeignKey("evidence_erasure", "ground_id", "archives_disposal"),
    ]
