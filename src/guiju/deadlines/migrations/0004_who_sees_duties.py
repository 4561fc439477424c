"""Row-level security of duties, which are structure as tasks are: those above a company look after late ones."""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, SharedTable, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("deadlines", "0003_duties")]

    operations = [
        TenantTable("deadlines_duty", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantForeignKey("deadlines_duty", "holder_id", "organisations_member"),
        TenantTable("deadlines_signal", inside=IN_STRUCTURE),
        TenantForeignKey("deadlines_signal", "duty_id", "deadlines_duty"),
        SharedTable(
            "deadlines_feed",
            rights="SELECT, INSERT, UPDATE",
            system={"verifier": "SELECT"},
            why="a subscription is looked up by its address, before anybody is known",
        ),
    ]
