"""Row-level security of restorations; they are written once."""

from django.db import migrations

from guiju.database.policies import TenantTable


class Migration(migrations.Migration):
    dependencies = [("safekeeping", "0003_restorations")]

    operations = [TenantTable("safekeeping_restoration", rights="SELECT, INSERT", system={"verifier": "SELECT"})]
