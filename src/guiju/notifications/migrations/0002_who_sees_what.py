"""Row-level security of notices: each belongs to the company that tells."""

from django.db import migrations

from guiju.database.policies import SharedTable, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]

    operations = [
        TenantTable("notifications_notice", system={"verifier": "SELECT"}),
        TenantForeignKey("notifications_notice", "member_id", "organisations_member"),
        TenantTable("notifications_attempt", system={"verifier": "SELECT"}),
        TenantForeignKey("notifications_attempt", "notice_id", "notifications_notice"),
        TenantTable("notifications_channel", system={"verifier": "SELECT"}),
        TenantTable("notifications_smstext", system={"verifier": "SELECT"}),
        TenantTable("notifications_wording", system={"verifier": "SELECT"}),
        TenantTable("notifications_preference"),
        TenantForeignKey("notifications_preference", "member_id", "organisations_member"),
        TenantTable("notifications_code", rights="SELECT, INSERT, UPDATE, DELETE"),
        SharedTable(
            "notifications_coderequest",
            rights="SELECT, INSERT, DELETE",
            sequence="notifications_coderequest_id_seq",
            why="digests and times only: how often a phone is written to counts over all companies",
        ),
    ]
