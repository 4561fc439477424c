"""Row-level security; what was done is never written anew, a recovery key is only ended."""

from django.db import migrations

from guiju.database.policies import TenantTable


class Migration(migrations.Migration):
    dependencies = [("safekeeping", "0001_initial")]

    operations = [
        TenantTable("safekeeping_recoverykey", system={"verifier": "SELECT"}),
        TenantTable("safekeeping_drill", rights="SELECT, INSERT", system={"verifier": "SELECT"}),
    ]
