"""Row-level security of lists, groups and those whom a directory knows."""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, SharedTable, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("directory", "0001_initial"), ("organisations", "0007_disclosures")]

    operations = [
        TenantTable("directory_intake"),
        TenantForeignKey("directory_intake", "member_id", "organisations_member"),
        TenantTable("directory_listed", rights="SELECT, INSERT", inside=IN_STRUCTURE),
        TenantForeignKey("directory_listed", "member_id", "organisations_member"),
        TenantTable("directory_grouprole", inside=IN_STRUCTURE, system={"verifier": "SELECT"}),
        TenantTable("directory_groupgrant", inside=IN_STRUCTURE),
        TenantForeignKey("directory_groupgrant", "held_id", "organisations_memberrole"),
        SharedTable(
            "directory_identity",
            rights="SELECT, INSERT, UPDATE (ended_at)",
            system={"verifier": "SELECT"},
            why="which account of the identity provider is whose: read before it is known who signs in",
        ),
    ]
