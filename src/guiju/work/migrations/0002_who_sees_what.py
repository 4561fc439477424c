"""Row-level security of tasks and approvals.

They are structure: whoever decides on a request, or looks after late tasks, may sit in a company above.
Their titles name cases and staff, never a customer.
"""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("work", "0001_initial"), ("organisations", "0007_disclosures")]

    operations = [
        TenantTable("work_task", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("work_task", "holder_id", "organisations_member"),
        TenantTable("work_approval", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("work_approval", "asked_by_id", "organisations_member"),
        TenantTable("work_decision", rights="SELECT, INSERT", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("work_decision", "approval_id", "work_approval"),
    ]
