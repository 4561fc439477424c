"""Row-level security of reviews and of the words of companies."""

from django.db import migrations

from guiju.database.policies import IN_STRUCTURE, TenantForeignKey, TenantTable


class Migration(migrations.Migration):
    dependencies = [("review", "0001_initial"), ("organisations", "0004_sector_checked")]

    operations = [
        TenantTable("review_check", rights="SELECT, INSERT"),
        TenantForeignKey("review_check", "member_id", "organisations_member"),
        # Names of goods and numbers of certificates are nobody's personal data: the legal department
        # above decides on them, so they are structure. Who decided may sit in another company, so it is a user and no member.
        TenantTable("review_ownword", rights="SELECT, INSERT, UPDATE", inside=IN_STRUCTURE),
        TenantForeignKey("review_ownword", "proposed_by_id", "organisations_member"),
    ]
