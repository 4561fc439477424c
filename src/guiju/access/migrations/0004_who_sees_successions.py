"""Row-level security of successions: structure, as all that concerns administrators."""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("access", "0003_succession")]

    operations = [
        TenantTable("access_succession", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("access_succession", "leaving_id", "organisations_member"),
        TenantForeignKey("access_succession", "successor_id", "organisations_member"),
    ]
